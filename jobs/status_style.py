"""How does the status page look, in light and in the dark?"""

from __future__ import annotations

from typing import Final

STYLE: Final = """
:root { --ground: #f5f6f8; --card: #fff; --ink: #1b2230; --quiet: #5a6478; --line: #dfe3ea; --link: #3350c9;
  --good: #14703c; --good-soft: #e1f4e8; --bad: #b3261e; --bad-soft: #fce8e6;
  --queued: #8a94a6; --in-progress: #3b7ddd; --waiting: #d08a12; --cancelled: #b9c1ce; --succeeded: #2b9a5b;
  --partly-succeeded: #8fb52d; --failed: #d0382e; --outcome-unknown: #8b4fc0; color-scheme: light dark; }
@media (prefers-color-scheme: dark) { :root { --ground: #11141b; --card: #1a1f29; --ink: #e6e9f0;
  --quiet: #9ca6b8; --line: #2f3746; --link: #9db0ff; --good: #7bd6a0; --good-soft: #14301f; --bad: #ff9d94;
  --bad-soft: #3c1a18; --cancelled: #4a5465; --queued: #8a94a6; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 64rem; padding: 1rem; background: var(--ground); color: var(--ink);
  font: 16px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.25rem; margin: 0; }
h2 { font-size: 1rem; margin: 0 0 .6rem; }
p { margin: .35rem 0; }
a { color: var(--link); }
section { break-inside: avoid; margin-bottom: .9rem; }
section, .verdict { background: var(--card); border: 1px solid var(--line); border-radius: .6rem;
  padding: .9rem 1rem; }
.verdict { margin: .7rem 0 .9rem; font-weight: 600; border-left: .4rem solid; }
.verdict p { margin: 0; }
.verdict ul { margin: .3rem 0 0; padding-left: 1.2rem; font-weight: 400; }
.good { color: var(--good); background: var(--good-soft); border-color: var(--good); }
.bad { color: var(--bad); background: var(--bad-soft); border-color: var(--bad); }
.bad a { color: inherit; }
.quiet { color: var(--quiet); font-size: .875rem; }
.alarm { color: var(--bad); font-weight: 600; }
section ul { margin: .35rem 0; padding-left: 1.2rem; }
.label { display: flex; justify-content: space-between; gap: .75rem; margin: 0 0 .15rem; }
.label b, td { font-variant-numeric: tabular-nums; }
.chart { margin-bottom: .7rem; }
.bar { display: block; width: 100%; height: 14px; border-radius: 4px; overflow: hidden; }
.thin { height: 8px; }
.track { fill: var(--line); }
.swatch { width: .7em; height: .7em; margin-right: .5em; }
table { width: 100%; border-collapse: collapse; font-size: .9375rem; }
th, td { padding: .3rem .4rem; border-top: 1px solid var(--line); text-align: right; vertical-align: top; }
thead th { border-top: 0; color: var(--quiet); font-weight: 500; font-size: .8125rem; vertical-align: bottom; }
th:first-child { text-align: left; padding-left: 0; }
tbody th { font-weight: 400; }
.zero { color: var(--quiet); }
section ul.tiles { list-style: none; display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: .6rem;
  padding: 0; }
.tiles b { display: block; font-size: 1.5rem; line-height: 1.2; }
.tiles span { color: var(--quiet); font-size: .875rem; }
section ul.causes { list-style: none; padding: 0; }
.causes li + li { margin-top: .8rem; padding-top: .8rem; border-top: 1px solid var(--line); }
code { font: .875em ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; }
blockquote { margin: .35rem 0; padding: .35rem .7rem; border-left: 3px solid var(--line); }
.s-queued { fill: var(--queued); } .s-in-progress { fill: var(--in-progress); } .s-waiting { fill: var(--waiting); }
.s-cancelled { fill: var(--cancelled); } .s-succeeded { fill: var(--succeeded); }
.s-partly-succeeded { fill: var(--partly-succeeded); } .s-failed { fill: var(--failed); }
.s-outcome-unknown { fill: var(--outcome-unknown); }
@media (min-width: 50rem) { main { columns: 2; column-gap: .9rem; } body { padding: 1.5rem; } }
"""
"""The style sheet; the page's policy allows exactly this one, by its digest."""
