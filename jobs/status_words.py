"""In which words does the status page speak?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from dataverse.description.job import JOB
from dataverse.tables import Status
from jobs.language import Language
from jobs.status_figures import Call, Count, Trouble, Undelivered, Window

WORDS: Final[Mapping[str, Mapping[Language, str]]] = {
    "title": {"en": "Spotler Jobs: status", "nl": "Spotler Jobs: status"},
    "well": {"en": "All is well.", "nl": "Alles in orde."},
    "attention": {"en": "This needs attention:", "nl": "Dit vraagt aandacht:"},
    "as of": {"en": "As of {moment} UTC", "nl": "Stand van {moment} UTC"},
    "version": {"en": "version {version}", "nl": "versie {version}"},
    "again": {"en": "Look again", "nl": "Opnieuw kijken"},
    "jobs": {"en": "Jobs by when they were created", "nl": "Jobs naar moment van aanmaken"},
    "jobs note": {
        "en": "Each job is counted in the state it is in now.",
        "nl": "Elke job telt in de status die hij nu heeft.",
    },
    "state": {"en": "State", "nl": "Status"},
    "all": {"en": "All", "nl": "Alle"},
    "no jobs": {"en": "none", "nl": "geen"},
    "waiting": {"en": "Open now", "nl": "Nu open"},
    "oldest": {
        "en": "The job that waits longest has waited for {age}, since {moment} UTC.",
        "nl": "De job die het langst wacht, wacht al {age}, sinds {moment} UTC.",
    },
    "oldest id": {"en": "Job {job}, {state}.", "nl": "Job {job}, {state}."},
    "no oldest": {"en": "No job is open.", "nl": "Er is geen openstaande job."},
    "failures": {
        "en": "Why jobs of the last week did not end well",
        "nl": "Waarom jobs van de afgelopen week niet goed eindigden",
    },
    "no failures": {"en": "No job ended badly.", "nl": "Er is geen job slecht geëindigd."},
    "failures part": {
        "en": "Taken from the {count} that were created last; there are more.",
        "nl": "Genomen uit de {count} die het laatst zijn aangemaakt; er zijn er meer.",
    },
    "failures view": {
        "en": "Which jobs these are is shown in Dynamics 365 by the view Failed and unknown.",
        "nl": "Welke jobs dit zijn, toont Dynamics 365 in de weergave Mislukt en onbekend.",
    },
    "newest": {"en": "the newest created {age} ago", "nl": "de nieuwste {age} geleden aangemaakt"},
    "no code": {"en": "without a result code", "nl": "zonder resultaatcode"},
    "queues": {"en": "Queues", "nl": "Wachtrijen"},
    "queue": {"en": "Queue", "nl": "Wachtrij"},
    "ready": {"en": "Ready", "nl": "Klaar"},
    "scheduled": {"en": "For later", "nl": "Voor later"},
    "dead": {"en": "Dead letters", "nl": "Onbestelbaar"},
    "more than": {"en": "{count} or more", "nl": "{count} of meer"},
    "dead remedy": {
        "en": "A dead letter is a message that was given up after 10 deliveries or 14 days. See it in the Azure "
        "portal under Service Bus > queue > Service Bus Explorer > Dead-letter; it names the job or jobs.",
        "nl": "Een onbestelbaar bericht is na 10 afleveringen of 14 dagen opgegeven. Bekijk het in de Azure-portal "
        "onder Service Bus > wachtrij > Service Bus Explorer > Dead-letter; het noemt de job of jobs.",
    },
    "catalogue": {"en": "List of automations", "nl": "Lijst van automations"},
    "entries": {"en": "Entries: {count}.", "nl": "Vermeldingen: {count}."},
    "changed": {
        "en": "An entry was last written on {moment} UTC, {age} ago. A synchronisation that finds nothing new writes "
        "nothing, so the last one may be later.",
        "nl": "Een vermelding is voor het laatst geschreven op {moment} UTC, {age} geleden. Een synchronisatie die "
        "niets nieuws vindt, schrijft niets; de laatste kan dus later zijn geweest.",
    },
    "never changed": {
        "en": "The list is empty: no synchronisation has filled it yet.",
        "nl": "De lijst is leeg: nog geen synchronisatie heeft hem gevuld.",
    },
    "by job": {
        "en": "Last refresh asked for by a job, {moment} UTC ({age} ago):",
        "nl": "Laatste verversing via een job, {moment} UTC ({age} geleden):",
    },
    "no by job": {"en": "No job has refreshed it.", "nl": "Geen job heeft hem ververst."},
    "here": {
        "en": "Last synchronisation by this instance of the app, {moment} UTC ({age} ago):",
        "nl": "Laatste synchronisatie door deze instantie van de app, {moment} UTC ({age} geleden):",
    },
    "not here": {
        "en": "This instance of the app has carried out none since it started; what others did by the timer stands "
        "in the log.",
        "nl": "Deze instantie van de app heeft er sinds de start geen uitgevoerd; wat andere via de timer deden, "
        "staat in het logboek.",
    },
    "services": {"en": "Services", "nl": "Diensten"},
    "reachable": {"en": "reachable", "nl": "bereikbaar"},
    "campaigns": {"en": "reachable, lists {count} campaigns", "nl": "bereikbaar, geeft {count} campagnes"},
    "not known": {
        "en": "Not known: {service} could not be asked.",
        "nl": "Niet bekend: {service} kon niet worden gevraagd.",
    },
    "webhooks": {"en": "Webhook deliveries", "nl": "Aflevering van webhooks"},
    "no undelivered": {
        "en": "Dataverse reports no delivery of the last week as failed.",
        "nl": "Dataverse meldt over de afgelopen week geen mislukte aflevering.",
    },
    "undelivered": {
        "en": "Dataverse reports {count} failed deliveries of the last week, the last one {age} ago. Their jobs are "
        "found by the timer, some minutes late.",
        "nl": "Dataverse meldt {count} mislukte afleveringen over de afgelopen week, de laatste {age} geleden. De "
        "jobs worden door de timer gevonden, enkele minuten later.",
    },
    "undelivered part": {
        "en": "Reasons of the newest {count}:",
        "nl": "Redenen van de nieuwste {count}:",
    },
    "webhooks refused": {
        "en": "The app may not read system jobs, so it is not known whether deliveries fail. Run "
        "python -m dataverse apply, which gives the role Spotler Jobs Application this right.",
        "nl": "De app mag systeemtaken niet lezen, dus het is niet bekend of afleveringen mislukken. Draai "
        "python -m dataverse apply; dat geeft de rol Spotler Jobs Application dit recht.",
    },
    "webhooks unread": {
        "en": "Dataverse did not tell whether deliveries fail. Look again in a few minutes.",
        "nl": "Dataverse vertelde niet of afleveringen mislukken. Kijk over enkele minuten opnieuw.",
    },
    "settings": {
        "en": "The app settings need attention; nothing is carried out until they are mended.",
        "nl": "De app-instellingen vragen aandacht; tot ze hersteld zijn wordt er niets uitgevoerd.",
    },
    "minutes": {"en": "{count} min", "nl": "{count} min"},
    "hours": {"en": "{count} h {rest} min", "nl": "{count} u {rest} min"},
    "days": {"en": "{count} d {rest} h", "nl": "{count} d {rest} u"},
    "moments": {"en": "less than a minute", "nl": "minder dan een minuut"},
}
"""Every phrase of the page, by a short name of ours."""

WINDOWS: Final[Mapping[Window, Mapping[Language, str]]] = {
    Window.HOUR: {"en": "Last hour", "nl": "Laatste uur"},
    Window.DAY: {"en": "Last day", "nl": "Laatste dag"},
    Window.WEEK: {"en": "Last week", "nl": "Laatste week"},
}

CALLS: Final[Mapping[Call, Mapping[Language, str]]] = {
    Call.DATAVERSE: {"en": "Dataverse cannot be asked", "nl": "Dataverse kan niet worden gevraagd"},
    Call.SPOTLER: {"en": "Spotler cannot be asked", "nl": "Spotler kan niet worden gevraagd"},
    Call.BUS: {"en": "Service Bus cannot be asked", "nl": "Service Bus kan niet worden gevraagd"},
    Call.WAITING: {
        "en": "a job has waited for more than an hour",
        "nl": "een job wacht al meer dan een uur",
    },
    Call.FAILURES: {
        "en": "jobs of the last day did not end well",
        "nl": "jobs van de laatste dag eindigden niet goed",
    },
    Call.DEAD_LETTERS: {"en": "messages were given up", "nl": "berichten zijn opgegeven"},
    Call.WEBHOOKS: {
        "en": "webhook deliveries failed, or that is not known",
        "nl": "webhooks zijn niet afgeleverd, of dat is niet bekend",
    },
}

_SETTINGS: Final[Mapping[str, str]] = {
    "Dataverse": "DATAVERSE_URL",
    "Spotler": "SPOTLER_URL",
    "Service Bus": "ServiceBusConnection",
}
_TROUBLES: Final[Mapping[Trouble, Mapping[Language, str]]] = {
    Trouble.UNREACHABLE: {
        "en": "{service} cannot be reached or asks to wait. If it lasts, check {setting} and the network.",
        "nl": "{service} is niet bereikbaar of vraagt om te wachten. Controleer, als dit aanhoudt, {setting} en het "
        "netwerk.",
    },
    Trouble.REFUSED: {
        "en": "{service} refuses the app. Check its key, or its identity and role; /api/health says which.",
        "nl": "{service} weigert de app. Controleer de sleutel, of de identiteit en rol; /api/health zegt welke.",
    },
    Trouble.WRONG_ADDRESS: {
        "en": "{service} does not know what was asked for. Check {setting}, and for Dataverse that the tables are "
        "those of this version.",
        "nl": "{service} kent niet wat er is gevraagd. Controleer {setting}, en voor Dataverse of de tabellen van "
        "deze versie zijn.",
    },
    Trouble.UNEXPECTED: {
        "en": "{service} did not answer as expected. Look again in a few minutes.",
        "nl": "{service} antwoordde niet zoals verwacht. Kijk over enkele minuten opnieuw.",
    },
}
_UNDELIVERED: Final[Mapping[Undelivered, Mapping[Language, str]]] = {
    Undelivered.ANSWERED: {
        "en": "the app's address answered {status}. After 401 the webhook's key is wrong: run python -m dataverse "
        "apply with --new-webhook-key. After 5xx look at the app's log.",
        "nl": "het adres van de app antwoordde {status}. Bij 401 klopt de sleutel van de webhook niet: draai "
        "python -m dataverse apply met --new-webhook-key. Kijk bij 5xx in het logboek van de app.",
    },
    Undelivered.TIMED_OUT: {
        "en": "the app did not answer within 60 seconds. Look at the app's log.",
        "nl": "de app antwoordde niet binnen 60 seconden. Kijk in het logboek van de app.",
    },
    Undelivered.NOT_CONNECTED: {
        "en": "the app could not be reached. Check that it runs, and the webhook's address: python -m dataverse "
        "verify.",
        "nl": "de app was niet bereikbaar. Controleer of hij draait, en het adres van de webhook: python -m dataverse "
        "verify.",
    },
    Undelivered.OTHER: {
        "en": "another reason. Dynamics 365 > Settings > System Jobs tells it.",
        "nl": "een andere reden. Dynamics 365 > Instellingen > Systeemtaken vertelt die.",
    },
}


def said(name: str, language: Language, **values: str) -> str:
    """A phrase of `WORDS`, filled in."""
    return WORDS[name][language].format(**values)


def state(status: Status, language: Language) -> str:
    """A state as Dynamics 365 shows it."""
    words = next(option.words for option in JOB.statuses if option.value == status)
    return words.en if language == "en" else words.nl


def in_trouble(service: str, why: Trouble, language: Language) -> str:
    """What is the matter with a service, and the remedy.

    Args:
        service: Dataverse, Spotler or Service Bus.
        why: what was met.
        language: to speak.
    """
    return _TROUBLES[why][language].format(service=service, setting=_SETTINGS[service])


def undelivered(why: Undelivered, answered: int | None, language: Language) -> str:
    """Why deliveries failed, and the remedy."""
    return _UNDELIVERED[why][language].format(status="?" if answered is None else answered)


def number(count: Count, language: Language) -> str:
    """A count, such as `5,000 or more`."""
    text = f"{count.number:,}"
    text = text if language == "en" else text.replace(",", ".")
    return said("more than", language, count=text) if count.or_more else text


def moment(when: datetime) -> str:
    """A time in UTC, to the minute; hyphens and blank do not let the line break in its midst."""
    return f"{when:%Y-%m-%d %H:%M}".replace("-", "\N{NON-BREAKING HYPHEN}").replace(" ", "\N{NO-BREAK SPACE}")


def age(span: timedelta, language: Language) -> str:
    """A span in its two largest units; what lies ahead by differing clocks is less than a minute."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return said("moments", language)
    if minutes < 60:  # noqa: PLR2004 - minutes of an hour
        return said("minutes", language, count=str(minutes))
    hours, rest = divmod(minutes, 60)
    if hours < 48:  # noqa: PLR2004 - two days, from which on hours say little
        return said("hours", language, count=str(hours), rest=str(rest))
    return said("days", language, count=str(hours // 24), rest=str(hours % 24))
