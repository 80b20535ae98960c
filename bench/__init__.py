"""How fast is the app, beside the plain design that one would write first, and with how many requests?

`python -m bench` measures every figure, prints a table and writes `results.json` beside this file;
`python -m bench --help` tells the rest. Nothing in here is ever deployed.
"""
