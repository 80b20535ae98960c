"""Which sentences does a person read on the row and in the Timeline?

Every result code has a cause and a remedy in English and Dutch. Nothing here names a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from dataverse.tables import Kind, Operation, Status
from jobs import result_codes as codes
from jobs.language import Language

Text = Mapping[Language, str]


def _text(en: str, nl: str) -> Text:
    return {"en": en, "nl": nl}


CAUSES: Final[Mapping[str, Text]] = {
    codes.CONTACT_NOTFOUND: _text(
        "Spotler does not know this contact. Check that the record is synchronised to Spotler and that it "
        "carries the external id Spotler expects, then choose Activate.",
        "Spotler kent deze contactpersoon niet. Controleer of de record naar Spotler wordt gesynchroniseerd en "
        "het externe id draagt dat Spotler verwacht, en kies daarna Activeren.",
    ),
    codes.TRIGGER_NOTFOUND: _text(
        "Spotler no longer knows this external trigger. Create a job with the operation Refresh Automations, "
        "then choose an automation from the new list.",
        "Spotler kent deze externe trigger niet meer. Maak een job met de bewerking Refresh Automations en kies "
        "daarna een automation uit de nieuwe lijst.",
    ),
    codes.CAMPAIGN_NOTFOUND: _text(
        "Spotler no longer knows this campaign. Create a job with the operation Refresh Automations, then "
        "choose a campaign from the new list.",
        "Spotler kent deze campagne niet meer. Maak een job met de bewerking Refresh Automations en kies daarna "
        "een campagne uit de nieuwe lijst.",
    ),
    codes.AUTOMATION_INACTIVE: _text(
        "The automation is not running in Spotler. Set its status to Final and publish it (a campaign: set it "
        "to Active), then choose Activate.",
        "De automation draait niet in Spotler. Zet de status op Definitief en publiceer hem (een campagne: zet "
        "hem op Actief) en kies daarna Activeren.",
    ),
    codes.PARTICIPATION_LIMIT_REACHED: _text(
        "Spotler did not start it because this contact has reached the participation limit of the automation. "
        "The limit is set in Spotler under Automation > Publisher.",
        "Spotler heeft niets gestart omdat deze contactpersoon de deelnamelimiet van de automation heeft "
        "bereikt. De limiet staat in Spotler onder Automation > Publisher.",
    ),
    codes.NOT_TRIGGERED: _text(
        "Spotler did not start any automation behind this trigger. Check in Spotler that it is published and "
        "that the contact may take part.",
        "Spotler heeft geen automation achter deze trigger gestart. Controleer in Spotler of hij is gepubliceerd "
        "en of de contactpersoon mag deelnemen.",
    ),
    codes.CONTACT_OPTOUT: _text(
        "The contact has opted out of e-mail in Spotler, so nothing was started.",
        "De contactpersoon heeft zich in Spotler afgemeld voor e-mail, dus is er niets gestart.",
    ),
    codes.INVALID_STATE: _text(
        "Spotler did not start it: the contact is already in this campaign, or the campaign is not Active. Check "
        "in Spotler under Campaigns > Overview.",
        "Spotler heeft niets gestart: de contactpersoon zit al in deze campagne, of de campagne is niet actief. "
        "Controleer dit in Spotler onder Campagnes > Overzicht.",
    ),
    codes.INVALID_PARAMS: _text(
        "Spotler refused what it was sent. Check the automation and its fields in Spotler, refresh the "
        "automations, and create the job again.",
        "Spotler weigerde wat er is verstuurd. Controleer de automation en zijn velden in Spotler, ververs de "
        "automations en maak de job opnieuw.",
    ),
    codes.PRODUCT_NOTFOUND: _text(
        "Spotler does not know one of the products in a product list. Check the product ids and create the "
        "job again.",
        "Spotler kent een van de producten in een productlijst niet. Controleer de product-id's en maak de job "
        "opnieuw.",
    ),
    codes.RESOURCE_NOT_FOUND: _text(
        "Spotler does not know what was to be stopped. Check the AutomationContactId, or refresh the "
        "automations and create the job again.",
        "Spotler kent niet wat gestopt moest worden. Controleer het AutomationContactId, of ververs de "
        "automations en maak de job opnieuw.",
    ),
    codes.PARTLY_OK: _text(
        "Spotler carried this out in part. Activating it sends nothing again; create a new job for the rest.",
        "Spotler heeft dit voor een deel uitgevoerd. Activeren verstuurt niets opnieuw; maak een job voor de rest.",
    ),
    codes.INVALID_JOB: _text(
        "The job cannot be carried out as it was filled in.", "De job kan zo niet worden uitgevoerd."
    ),
    codes.INVALID_AUTOMATION_FIELDS: _text(
        "The Automation Fields need attention; nothing was sent.",
        "De Automation Fields kloppen niet; er is niets verstuurd.",
    ),
    codes.OUTCOME_UNKNOWN: _text(
        "No usable answer came from Spotler, so it is not known whether this was "
        "carried out. It was not repeated, because that could send mail twice. Look in Spotler under "
        "Automation > Publisher (a campaign: Campaigns > Overview) whether it ran for this person. If it did "
        "not, choose Activate and it is carried out again.",
        "Er kwam geen bruikbaar antwoord van Spotler, dus het is niet bekend of dit is "
        "uitgevoerd. Het is niet herhaald, omdat er dan twee keer mail verstuurd kan worden. Kijk in Spotler "
        "onder Automation > Publisher (een campagne: Campagnes > Overzicht) of het voor deze persoon liep. Zo "
        "niet, kies dan Activeren en het wordt opnieuw uitgevoerd.",
    ),
    codes.CANCELLED_BY_STOP: _text(
        "A later job stopped this automation for this person before it was started, so nothing was sent.",
        "Een latere job stopte deze automation voor deze persoon voordat hij werd gestart, dus is er niets "
        "verstuurd.",
    ),
    codes.RETRIES_EXHAUSTED: _text(
        "Spotler could not be reached for too long, so the job was given up; it was surely not carried out. "
        "Choose Activate to try it again.",
        "Spotler was te lang niet bereikbaar, dus is de job opgegeven; hij is zeker niet uitgevoerd. Kies "
        "Activeren om het opnieuw te proberen.",
    ),
    codes.INTERNAL_ERROR: _text(
        "Something went wrong in Spotler Jobs itself; nothing was sent. Pass this job's name on to your "
        "administrator, who finds the cause in the log.",
        "Er ging iets mis in Spotler Jobs zelf; er is niets verstuurd. Geef de naam van deze job door aan uw "
        "beheerder, die de oorzaak in het logboek vindt.",
    ),
    codes.SPOTLER_CREDENTIALS: _text(
        "Spotler refused the API key. Ask your administrator to check SPOTLER_KEY and SPOTLER_SECRET and the "
        "licence of the key, then choose Activate.",
        "Spotler weigerde de API-sleutel. Vraag uw beheerder SPOTLER_KEY en SPOTLER_SECRET en de licentie van de "
        "sleutel te controleren en kies daarna Activeren.",
    ),
    codes.SPOTLER_CONFIGURATION: _text(
        "Spotler's address or one of its paths is not right, so the request reached nothing. Ask your "
        "administrator to run the smoke test (python -m spotler smoke), then choose Activate.",
        "Het adres van Spotler of een van de paden klopt niet, dus het verzoek kwam nergens aan. Vraag uw "
        "beheerder de smoke-test te draaien (python -m spotler smoke) en kies daarna Activeren.",
    ),
    codes.SPOTLER_REFUSED: _text(
        "Spotler refused the request without giving a reason that is known here.",
        "Spotler weigerde het verzoek zonder een reden die hier bekend is.",
    ),
    codes.SPOTLER_UNAVAILABLE: _text(
        "Spotler could not be reached or asked to wait; nothing was done.",
        "Spotler was niet bereikbaar of vroeg om te wachten; er is niets gedaan.",
    ),
    codes.DATAVERSE_UNAVAILABLE: _text(
        "The list of automations could not be written, because Dataverse did not accept it in time.",
        "De lijst met automations kon niet worden weggeschreven, omdat Dataverse die niet op tijd aannam.",
    ),
    codes.CATALOGUE_REFUSED: _text(
        "The list that Spotler gave would withdraw more than half of the automations or campaigns, so none was "
        "withdrawn. If that is right, ask your administrator to force the refresh.",
        "De lijst van Spotler zou meer dan de helft van de automations of campagnes intrekken, dus is er geen "
        "ingetrokken. Als dat klopt, vraag uw beheerder dan om de verversing te forceren.",
    ),
    codes.HELD: _text(
        "The automation is held, so no job starts it for now; nothing was sent. Whoever has the role Spotler Jobs "
        "Manager can lift Hold Starts on the automation.",
        "De automation wordt vastgehouden, dus start er nu geen job mee; er is niets verstuurd. Wie de rol Spotler "
        "Jobs Manager heeft, kan Starts vasthouden op de automation uitzetten.",
    ),
    codes.STARTS_CAPPED: _text(
        "The automation has had as many starts as it may have in an hour; nothing was sent. Whoever has the role "
        "Spotler Jobs Manager can change Starts per Hour on the automation.",
        "De automation heeft zoveel starts gehad als er in een uur mogen; er is niets verstuurd. Wie de rol Spotler "
        "Jobs Manager heeft, kan Starts per uur op de automation aanpassen.",
    ),
    codes.DUPLICATE_START: _text(
        "The same start was made shortly before, so nothing was sent. If it is meant so, create a new job with Start "
        "Anyway.",
        "Dezelfde start is kort ervoor al gedaan, dus is er niets verstuurd. Als het zo bedoeld is, maak dan een "
        "nieuwe job met Toch starten.",
    ),
}
"""Cause and remedy of every result code but `OK`."""

_OTHER = _text("Spotler refused this: {code}.", "Spotler weigerde dit: {code}.")
_OPERATIONS: Final[Mapping[Operation, Text]] = {
    Operation.START_AUTOMATION: _text("Start", "Start"),
    Operation.STOP_AUTOMATION: _text("Stop", "Stop"),
    Operation.REFRESH_AUTOMATIONS: _text("Refresh Automations", "Refresh Automations"),
    Operation.VALIDATE_AUTOMATION: _text("Validate", "Controleer"),
}
_STARTED = _text("{label} was started in Spotler.", "{label} is gestart in Spotler.")
_CHECKED = _text(
    "{label} was checked; nothing was sent to Spotler.",
    "{label} is gecontroleerd; er is niets naar Spotler verstuurd.",
)
_NO_RUN_ID = _text("Campaigns have no AutomationContactId.", "Campagnes hebben geen AutomationContactId.")
_STOPPED = _text(
    "{label} was stopped in Spotler for this person.", "{label} is in Spotler gestopt voor deze persoon."
)
_RUNS_STOPPED = _text("The runs were stopped in Spotler.", "De runs zijn gestopt in Spotler.")
_RUNS_PARTLY = _text(
    "Some runs were stopped in Spotler; others were refused: {refusals}.",
    "Sommige runs zijn gestopt in Spotler; andere werden geweigerd: {refusals}.",
)
_PARTLY = _text(
    "Some automations behind this trigger were not started: {refusals}.",
    "Sommige automations achter deze trigger zijn niet gestart: {refusals}.",
)
_REASONS = _text("Reasons given by Spotler: {refusals}.", "Redenen van Spotler: {refusals}.")
_AGAIN = _text(
    "It is tried again by itself, at {moment} UTC.",
    "Het wordt vanzelf opnieuw geprobeerd, om {moment} UTC.",
)
_STOP_AGAIN = _text(
    "No usable answer came from Spotler. A stop can be repeated without harm.",
    "Er kwam geen bruikbaar antwoord van Spotler. Een stop kan zonder bezwaar worden herhaald.",
)
_NOTHING_RUNS = _text(
    "Nothing of this is running in Spotler for this person (any more), so there was nothing to stop.",
    "Hiervan loopt in Spotler niets (meer) voor deze persoon, dus er viel niets te stoppen.",
)
_UNKNOWN_FOR_NOW = _text(
    "Spotler does not know this contact yet.", "Spotler kent deze contactpersoon nog niet."
)
CANCELLED_STARTS: Final = _text(
    "Starts that had not begun and were cancelled by this job: {count}.",
    "Starts die nog niet waren begonnen en door deze job zijn geannuleerd: {count}.",
)
_REPEATED_UNKNOWN = _text(
    "No usable answer came from Spotler each time, so it is not known whether this was "
    "carried out. Look in Spotler under Automation > Publisher (a campaign: Campaigns > Overview) whether it still "
    "runs for this person. If it does, choose Activate and it is tried again, which does no harm.",
    "Er kwam geen enkele keer een bruikbaar antwoord van Spotler, dus het is niet bekend of dit is "
    "uitgevoerd. Kijk in Spotler onder Automation > Publisher (een campagne: Campagnes > Overzicht) of het nog voor "
    "deze persoon loopt. Zo ja, kies dan Activeren en het wordt opnieuw geprobeerd; dat kan geen kwaad.",
)
_ASKING = _text(
    "No usable answer came from Spotler. At {moment} UTC it is looked up in Spotler "
    "whether the campaign was started; until then nothing is repeated.",
    "Er kwam geen bruikbaar antwoord van Spotler. Om {moment} UTC wordt in Spotler opgezocht of "
    "de campagne is gestart; tot dan wordt er niets herhaald.",
)
_SHOWN = _text(
    "The answer had got lost; Spotler's list of sent messages shows that it was started.",
    "Het antwoord was verloren gegaan; de lijst met verzonden berichten in Spotler laat zien dat het is gestart.",
)
_NO_LONGER_UNKNOWN = _text(
    "The outcome was unknown for a while; now it is sure that nothing was sent. It is not repeated by itself, "
    "because later jobs for this person may have run.",
    "De uitkomst was een tijd onbekend; nu is zeker dat er niets is verstuurd. Het wordt niet vanzelf herhaald, "
    "omdat er sindsdien latere jobs voor deze persoon kunnen zijn uitgevoerd.",
)
_REPLAYED = _text(
    "It was carried out anew because a person activated it (attempt {attempt}).",
    "Het is opnieuw uitgevoerd omdat iemand de job activeerde (poging {attempt}).",
)
_HEALED = _text(
    "This job had already succeeded, so activating it did nothing and nothing was sent again. To run it once "
    "more, create a new job.",
    "Deze job was al geslaagd, dus activeren deed niets en er is niets opnieuw verstuurd. Maak een nieuwe job om "
    "het nog eens uit te voeren.",
)
_HOLDS = _text(
    "{label} is held: no job starts it for now. This job waits since {since} UTC and is looked at again at {again} "
    "UTC. Whoever has the role Spotler Jobs Manager can lift Hold Starts on the automation; Deactivate cancels this "
    "job.",
    "{label} wordt vastgehouden: nu start er geen job mee. Deze job wacht sinds {since} UTC en wordt om {again} UTC "
    "opnieuw bekeken. Wie de rol Spotler Jobs Manager heeft, kan Starts vasthouden op de automation uitzetten; "
    "Deactiveren annuleert deze job.",
)
_CAPS = _text(
    "{label} has had the {cap} starts that it may have in an hour. This job waits since {since} UTC and is looked at "
    "again at {again} UTC. Whoever has the role Spotler Jobs Manager can change Starts per Hour on the automation; "
    "Deactivate cancels this job.",
    "{label} heeft de {cap} starts gehad die er in een uur mogen. Deze job wacht sinds {since} UTC en wordt om "
    "{again} UTC opnieuw bekeken. Wie de rol Spotler Jobs Manager heeft, kan Starts per uur op de automation "
    "aanpassen; Deactiveren annuleert deze job.",
)
_TWICE = _text(
    "The same start for the same person, with the same fields, was made shortly before by the job {first}, at "
    "{moment} UTC; nothing was sent. If it is meant so, create a new job with Start Anyway.",
    "Dezelfde start voor dezelfde persoon, met dezelfde velden, is kort ervoor gedaan door de job {first}, om "
    "{moment} UTC; er is niets verstuurd. Als het zo bedoeld is, maak dan een nieuwe job met Toch starten.",
)
_POST = _text("{label} was started in Spotler{runs}.", "{label} is gestart in Spotler{runs}.")
_RUNS = _text(" (AutomationContactId {ids})", " (AutomationContactId {ids})")
_NAMELESS = _text("The automation", "De automation")


def cause(code: str, language: Language) -> str:
    """Cause and remedy of a result code; a code of Spotler's that is not known here is named."""
    known = CAUSES.get(code)
    return known[language] if known is not None else _OTHER[language].format(code=code)


def job_name(operation: Operation | None, label: str, language: Language) -> str:
    """What a job is called that a person left without a name, such as "Start 🚀 Welcome"."""
    word = _OPERATIONS[operation][language] if operation is not None else "Spotler Job"
    return f"{word} {label}".strip()


def result_message(
    *,
    language: Language,
    status: Status,
    operation: Operation,
    code: str,
    label: str,
    kind: Kind | None,
    refusals: tuple[str, ...],
    detail: str,
    attempt: int,
    retry_on: datetime | None,
    after_unknown: bool,
    replayed: bool,
) -> str:
    """The result message of a job: what happened and, where something is to be done, what."""
    if status is Status.IN_PROGRESS and retry_on is not None:
        return _ASKING[language].format(moment=f"{retry_on:%Y-%m-%d %H:%M:%S}")
    sentences: list[str] = []
    if status in (Status.SUCCEEDED, Status.PARTLY_SUCCEEDED):
        sentences.append(_success(language, operation, label, kind, refusals))
    else:
        sentences.append(_cause_here(code, operation, language, waits=retry_on is not None))
        if len(refusals) > 1:
            sentences.append(_REASONS[language].format(refusals=", ".join(refusals)))
    if after_unknown:
        sentences.append(_NO_LONGER_UNKNOWN[language])
    if retry_on is not None:
        sentences.append(_AGAIN[language].format(moment=f"{retry_on:%Y-%m-%d %H:%M:%S}"))
    sentences.append(detail)
    if replayed:
        sentences.append(_REPLAYED[language].format(attempt=attempt))
    return " ".join(filter(None, sentences))


def _cause_here(code: str, operation: Operation, language: Language, *, waits: bool) -> str:
    """The cause of a code, where the operation or the wait makes another sentence true."""
    start = operation is Operation.START_AUTOMATION
    match code:
        case codes.INVALID_STATE if operation is Operation.STOP_AUTOMATION:
            return _NOTHING_RUNS[language]
        case codes.CONTACT_NOTFOUND if waits:
            return _UNKNOWN_FOR_NOW[language]
        case codes.OUTCOME_UNKNOWN if waits:
            return _STOP_AGAIN[language]
        case codes.OUTCOME_UNKNOWN if not start:
            return _REPEATED_UNKNOWN[language]
        case _:
            return cause(code, language)


def braked_message(
    code: str, *, label: str, since: datetime, again: datetime, cap: int | None, language: Language
) -> str:
    """Says why a job waits for a brake: of which automation, since when, until when, and who can lift it."""
    why = _HOLDS if code == codes.HELD else _CAPS
    return why[language].format(
        label=label or _NAMELESS[language],
        cap=cap,
        since=f"{since:%Y-%m-%d %H:%M:%S}",
        again=f"{again:%Y-%m-%d %H:%M:%S}",
    )


def duplicate_message(name: str, number: str, moment: datetime, language: Language) -> str:
    """Says which job made the same start before, and how to make it all the same."""
    called = " ".join(filter(None, [name, f"({number})" if number else ""]))
    return _TWICE[language].format(first=called, moment=f"{moment:%Y-%m-%d %H:%M:%S}")


def healed_message(language: Language) -> str:
    """Says why activating a job that had succeeded did nothing."""
    return _HEALED[language]


def shown_message(language: Language) -> str:
    """Says how a start is known to have succeeded although its answer got lost."""
    return _SHOWN[language]


def post_text(label: str, run_ids: tuple[str, ...], language: Language) -> str:
    """The Timeline's sentence about a successful start."""
    runs = _RUNS[language].format(ids=", ".join(run_ids)) if run_ids else ""
    return _POST[language].format(label=label or _NAMELESS[language], runs=runs)


def _success(
    language: Language, operation: Operation, label: str, kind: Kind | None, refusals: tuple[str, ...]
) -> str:
    listed = ", ".join(refusals)
    match operation:
        case Operation.START_AUTOMATION:
            text = _STARTED[language].format(label=label or _NAMELESS[language])
            if kind is Kind.CAMPAIGN:
                text = f"{text} {_NO_RUN_ID[language]}"
            return f"{text} {_PARTLY[language].format(refusals=listed)}" if refusals else text
        case Operation.STOP_AUTOMATION if refusals:
            return _RUNS_PARTLY[language].format(refusals=listed)
        case Operation.STOP_AUTOMATION:
            return _STOPPED[language].format(label=label) if label else _RUNS_STOPPED[language]
        case Operation.VALIDATE_AUTOMATION:
            return _CHECKED[language].format(label=label or _NAMELESS[language])
        case Operation.REFRESH_AUTOMATIONS:
            return ""
