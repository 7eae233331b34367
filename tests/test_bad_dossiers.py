"""Bad dossiers: one clear error each, with file, line and field."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bayesmile.dossier import load, read
from bayesmile.dossier_check import check
from bayesmile.errors import InvalidInput
from bayesmile.files.folder import read_folder
from bayesmile.files.problems import Problems
from bayesmile.skeleton import append_announcement
from tests.dossier_folder import ANNOUNCEMENTS, FILES, HEADER, KINDS, line_of, replaced, write


@dataclass(frozen=True)
class Case:
    """A spoiled dossier: in `file`, `old` becomes `new`; the error stands on the line of `mark` and says `says`."""

    name: str
    file: str
    old: str
    new: str
    mark: str
    says: tuple[str, ...]


def roadmap(name: str, old: str, new: str, mark: str, *says: str) -> Case:
    return Case(name, "roadmap.toml", old, new, mark, says)


def rows(name: str, old: str, new: str, mark: str, *says: str) -> Case:
    return Case(name, "announcements.csv", old, new, mark, says)


def market(name: str, old: str, new: str, mark: str, *says: str) -> Case:
    return Case(name, "market.toml", old, new, mark, says)


SAID = '\nrationale = "felt"\nsource = "assumption"\n'
DESIGN = 'sigma = 0.5\nrationale = "assumed"\nsource = "assumption"\n'


def prior(name: str, intervals: str, mark: str, *says: str) -> Case:
    """Return a case whose first milestone has a prior table."""
    return roadmap(name, DESIGN, f"{DESIGN}[milestone.delay.prior]\n{intervals}{SAID}", mark, *says)


def kind(name: str, old: str, table: str, mark: str, *says: str) -> Case:
    return Case(name, "kinds.toml", old, f"{old}{table}{SAID}", mark, says)


DEAL, RATES = ('source = "assumption"\n', 'yes_otherwise = 0.3\nrationale = "assumed"\nsource = "assumption"\n')
LAUNCH = 'covers = ["2020-01", ""]\nrationale = "complete"\n'
NEVER = 'never = 0.2\nrationale = "assumed"\nsource = "assumption"\n'
FAR = 'sd = 0.6\nrationale = "assumed"\nsource = "assumption"\n'
PRIORS = [
    prior(
        "prior beside its number",
        "median = [20, 30]",
        "median = [20",
        "milestone design, delay.prior.median: log-normal prior: received centre 18 and 90% interval 20 to 30",
        "holds its centre",
    ),
    prior("prior reversed", "median = [30, 10]", "median = [30", "delay.prior.median", "30 to 10", "reversed"),
    prior("prior of one value", "median = [18, 18]", "median = [18, 18]", "18 to 18", "equal"),
    prior("prior from zero", "median = [0, 30]", "median = [0", "low: received 0", "above 0"),
    prior("prior nan", "median = [nan, 30]", "median = [nan", "delay.prior.median", "nan", "finite"),
    prior("prior inf", "sigma = [0.2, inf]", "sigma = [0.2", "delay.prior.sigma", "inf", "finite"),
    prior("prior of three", "median = [10, 18, 30]", "median = [10, 18", "delay.prior.median", "a list of 2"),
    prior("prior as text", 'median = ["10", "30"]', 'median = ["10"', "delay.prior.median", "finite number"),
    prior("prior as a number", "median = 20", "median = 20", "delay.prior.median", "received 20", "a list"),
    prior(
        "prior of what another family has",
        "shape = [1, 2]",
        "shape = [1",
        "delay.prior.shape: unknown key",
        "median, sigma, never",
    ),
    prior("prior of a settled chance", "never = [0.1, 0.3]", "never = [0.1", "delay.prior.never", "centre 0 and"),
    roadmap(
        "prior without rationale",
        DESIGN,
        f"{DESIGN}[milestone.delay.prior]\nmedian = [10, 30]\nsource = 'x'\n",
        "[milestone.delay.prior]",
        "delay.prior.rationale: missing",
    ),
    roadmap(
        "prior of never too wide",
        NEVER,
        f"{NEVER}[milestone.delay.prior]\nnever = [0.001, 0.99]{SAID}",
        "never = [0.001",
        "milestone launch, delay.prior.never",
        "no beta with one peak",
        "narrower",
    ),
    roadmap(
        "prior of never outside 0 to 1",
        NEVER,
        f"{NEVER}[milestone.delay.prior]\nnever = [0.1, 1.0]{SAID}",
        "never = [0.1",
        "delay.prior.never",
        "above 0 and below 1",
    ),
    roadmap(
        "prior of a lift that the stream has not",
        LAUNCH,
        f"{LAUNCH}[stream.prior]\nlift = [1, 3]{SAID}",
        "lift = [1",
        "stream deal on launch, prior.lift",
        "no lift of its own",
    ),
    roadmap(
        "prior of a stream's lead",
        LAUNCH,
        f"{LAUNCH}[stream.prior]\nlead = [6, 20]{SAID}",
        "lead = [6",
        "stream deal on launch, prior.lead: not allowed: it is fixed, not learned",
    ),
    roadmap(
        "prior of a slip beside it",
        FAR,
        f"{FAR}[slip.prior]\nmean = [-0.2, 0.4]{SAID}",
        "mean = [-0.2",
        "slip 2, prior.mean: normal prior: received centre 0.5",
    ),
    roadmap(
        "prior of the hype",
        "months = 180\n",
        "months = 180\nprior = { hype = [0.5, 2.0] }\n",
        "prior = {",
        "dossier.prior: not allowed: hype_shape",
    ),
    roadmap(
        "hype shape of zero",
        "months = 180\n",
        "months = 180\nhype_shape = 0\n",
        "hype_shape",
        "dossier.hype_shape",
        "above 0",
    ),
    kind(
        "prior of a base rate",
        DEAL,
        "[kind.deal.prior]\nbase_rate = [0.2, 1.0]",
        "base_rate = [0.2",
        "kind.deal.prior.base_rate: not allowed: it is fixed, not learned",
    ),
    kind("prior of a lead", DEAL, "[kind.deal.prior]\nlead = [6, 24]", "lead = [6", "kind.deal.prior.lead", "fixed"),
    kind(
        "prior of a lift beside it",
        DEAL,
        "[kind.deal.prior]\nlift = [0.5, 1.5]",
        "lift = [0.5",
        "kind.deal.prior.lift",
        "centre 2",
    ),
    kind(
        "prior of an answer rate beside it",
        RATES,
        "[kind.deal.attributes.binding.prior]\nyes_if_near = [0.1, 0.5]",
        "yes_if_near = [0.1",
        "kind.deal.attributes.binding.prior.yes_if_near",
        "centre 0.6",
    ),
    kind(
        "prior of an inert kind",
        'rationale = "moves nothing"\nsource = "assumption"\n',
        "[kind.mood.prior]\nlift = [0.8, 1.2]",
        "lift = [0.8",
        "kind.mood.prior.lift",
        "moves nothing",
    ),
]

PARENT, DEAL2 = 'after = ["design", "plant"]', "deal-2,2023-05-02,,,announcement,launch,deal,acme,,,binding=yes"
CASES = [
    *PRIORS,
    roadmap(
        "cycle", 'title = "Design done"', 'title = "x"\nafter = ["launch"]', "after = [", "cycle", "launch", "design"
    ),
    roadmap("own parent", 'after = ["design"]', 'after = ["plant"]', 'after = ["plant"]', "cycle: plant -> plant"),
    roadmap("unknown parent", PARENT, 'after = ["desing"]', 'after = ["desing"]', "'desing'", "did you mean 'design'?"),
    roadmap("parent twice", PARENT, 'after = ["plant", "plant"]', 'after = ["plant", "plant"]', "twice"),
    roadmap(
        "milestone twice",
        'name = "plant"',
        'name = "design"',
        '[[milestone]]\nname = "design"\ntitle = "Plant',
        "twice",
    ),
    roadmap("bad name", 'name = "plant"', 'name = "a.b"', 'name = "a.b"', "milestone a.b, name", "letters, digits"),
    roadmap(
        "negative median",
        "median = 18",
        "median = -18",
        "median = -18",
        "milestone design, delay.median",
        "-18",
        "above 0",
    ),
    roadmap("median nan", "median = 18", "median = nan", "median = nan", "nan", "finite"),
    roadmap("median inf", "median = 18", "median = inf", "median = inf", "inf", "finite"),
    roadmap("median text", "median = 18", 'median = "18"', 'median = "18"', "'18'", "finite number"),
    roadmap("median true", "median = 18", "median = true", "median = true", "True", "finite number"),
    roadmap(
        "huge whole number", "median = 18", f"median = 1{'0' * 400}", "median = 1", "delay.median", "finite number"
    ),
    roadmap(
        "never above one", "never = 0.2", "never = 1.2", "never = 1.2", "launch, delay.never", "1.2", "from 0 to 1"
    ),
    roadmap(
        "never in inline table", "never = 0.1", "never = -0.1", "delay = {", "plant, delay.never", "-0.1", "from 0 to 1"
    ),
    roadmap("unknown family", '"weibull"', '"weibul"', 'family = "weibul"', "'weibul'", "'weibull'"),
    roadmap("no family", 'family = "weibull"\n', "", "[milestone.delay]\nmedian = 12", "family is missing"),
    roadmap(
        "no rationale", 'rationale = "complete"\n', "", "[[stream]]", "stream deal on launch, rationale", "missing"
    ),
    roadmap(
        "blank source",
        'source = "assumption"',
        'source = " "',
        'source = " "',
        "milestone design, delay.source",
        "empty",
    ),
    roadmap(
        "unknown key",
        "reporting_lag = 2",
        "reporting_lagg = 2",
        "reporting_lagg",
        "'reporting_lagg'",
        "'reporting_lag'?",
    ),
    roadmap(
        "unknown table",
        "[[slip]]",
        "[[slips]]",
        "[[slips]]",
        "unknown key 'slips'",
        "did you mean 'slip'?",
        "milestone",
    ),
    roadmap("lag not whole", "reporting_lag = 2", "reporting_lag = 2.5", "reporting_lag = 2.5", "2.5", "whole number"),
    roadmap("lag negative", "reporting_lag = 2", "reporting_lag = -1", "reporting_lag = -1", "-1", "at least 0"),
    roadmap("unknown risk", '"commercial"', '"luck"', 'risk = "luck"', "'luck'", "'technical'", "'regulatory'"),
    roadmap("months zero", "months = 180", "months = 0", "months = 0", "dossier.months", "0", "at least 1"),
    roadmap("months too many", "months = 180", "months = 1201", "months = 1201", "dossier.months", "at most 1200"),
    roadmap(
        "horizon too far",
        'start = "2020-01"\nmonths = 180',
        'start = "2070-01"\nmonths = 1200',
        "months = 1200",
        "dossier.months: received 1200 from 2070-01, a horizon of 2169-12",
        "up to 2160-12",
    ),
    roadmap("start not a month", '"2020-01"', '"2020-13"', 'start = "2020-13"', "dossier.start", "2020-13", "01 to 12"),
    roadmap(
        "date out of quotes",
        'start = "2020-01"',
        "start = 2020-01-01",
        "start = 2020",
        "dossier.start",
        "text in quotes",
    ),
    roadmap("year far off", 'deadline = "2022"', 'deadline = "9999"', 'deadline = "9999"', "9999", "1900 to 2200"),
    roadmap("deadline past horizon", '"2028-06"', '"2040"', 'deadline = "2040"', "launch, deadline", "2040", "2034-12"),
    roadmap("hype zero", "months = 180", "months = 180\nhype = 0", "hype = 0", "dossier.hype", "above 0"),
    roadmap("unknown headline", 'headline = ["launch"]', 'headline = ["lunch"]', "headline", "'lunch'", "'launch'?"),
    roadmap("view off the grid", '"2024-06-30"', '"2019-06-30"', "default_as_of", "2019-06-30", "2020-01", "2034-12"),
    roadmap(
        "catalyst off the grid",
        "[[milestone]]",
        '[[catalyst]]\ndate = "2035-01-01"\ntitle = "call"\nannounced = "2024-01-01"\nsource = "letter"\n[[milestone]]',
        'date = "2035-01-01"',
        "catalyst.date: received 2035-01-01",
        "2020-01 to 2034-12",
    ),
    roadmap(
        "catalyst known too late",
        "[[milestone]]",
        '[[catalyst]]\ndate = "2024-09-01"\ntitle = "call"\nannounced = "2024-09-02"\nsource = "letter"\n[[milestone]]',
        "[[catalyst]]",
        "received 2024-09-02",
        "up to its date, 2024-09-01",
    ),
    roadmap("view a year", '"2024-06-30"', '"2024"', "default_as_of", "'2024'", "YYYY-MM"),
    roadmap(
        "stream of unknown kind", 'kind = "deal"', 'kind = "dael"', 'kind = "dael"', "'dael'", "did you mean 'deal'?"
    ),
    roadmap(
        "stream of unknown milestone",
        'milestone = "launch"',
        'milestone = "moon"',
        'milestone = "moon"',
        "'moon'",
        "launch",
    ),
    roadmap("stream of inert kind", 'kind = "deal"', 'kind = "mood"', "[[stream]]", "mood on launch", "moves nothing"),
    roadmap("stream dates reversed", '["2020-01", ""]', '["2022-01", "2021-01"]', "[[stream]]", "2022-01", "reversed"),
    roadmap("stream without start", '["2020-01", ""]', '["", ""]', "[[stream]]", "first month is empty"),
    roadmap("stream of one date", '["2020-01", ""]', '["2020-01"]', "covers", "covers", "list of 2"),
    roadmap(
        "negative rate",
        'covers = ["2020-01", ""]',
        'covers = ["2020-01", ""]\nbase_rate = -1',
        "base_rate",
        "-1",
        "above 0",
    ),
    roadmap("slip classes overlap", "lead_from = 24", "lead_from = 20", "lead_from = 20", "20", "covers it already"),
    roadmap("slip range empty", "lead_to = 24", "lead_to = 0", "[[slip]]", "lead_to", "0"),
    roadmap(
        "key twice",
        'family = "weibull"',
        'family = "weibull"\nfamily = "gamma"',
        'family = "gamma"\nmedian = 12',
        "not valid TOML",
    ),
    roadmap("not TOML", "[dossier]", "[dossier", "[dossier", "not valid TOML"),
    roadmap("string not closed", 'title = "Launch"', 'title = "Launch', 'title = "Launch\n', "not valid TOML"),
    roadmap("control character", 'title = "Launch"', 'title = "La\x07unch"', 'title = "La', "U+0007"),
    roadmap("escaped control character", '"Launch"', '"La\\u001bunch"', 'title = "La', "printable"),
    roadmap("text direction override", '"Launch"', '"La\u202eunch"', 'title = "La', "printable"),
    Case(
        "rate negative",
        "kinds.toml",
        "base_rate = 0.5",
        "base_rate = -0.5",
        "base_rate",
        ("kind.deal.base_rate", "above 0"),
    ),
    Case("rate missing", "kinds.toml", "base_rate = 0.5\n", "", "[kind.deal]", ("kind.deal", "base_rate is missing")),
    Case("lift nan", "kinds.toml", "lift = 2.0", "lift = nan", "lift", ("kind.deal.lift", "finite")),
    Case(
        "attribute rate", "kinds.toml", "= 0.6", "= 1.6", "yes_if_near", ("binding.yes_if_near", "1.6", "from 0 to 1")
    ),
    Case("kind key", "kinds.toml", "promotional", "promo", "promo =", ("unknown key 'promo'", "promotional")),
    rows("unknown milestone", "achieved,design", "achieved,desing", "done,", "milestone", "'desing'", "'design'?"),
    rows("unknown type", "not_yet,launch", "notyet,launch", "open,", "type", "'notyet'", "'not_yet'"),
    rows("unknown kind", DEAL2, DEAL2.replace(",deal,", ",dela,"), "deal-2,", "kind", "'dela'", "'deal'?"),
    rows(
        "no stream",
        "launch,deal,acme,,,binding=unknown",
        "plant,deal,acme,,,",
        "deal-1,",
        "no stream",
        "plant",
        "on: launch",
    ),
    rows("milestone empty", "launch,deal,,,,binding=no", ",deal,,,,", "deal-3,", "milestone", "empty", "launch"),
    rows(
        "story of two streams",
        DEAL2,
        DEAL2.replace("launch,deal", ",mood").replace("binding=yes", ""),
        "deal-2,",
        "story",
        "line 5",
    ),
    rows("unknown attribute", "binding=no", "binging=no", "deal-3,", "attributes", "'binging'", "'binding'?"),
    rows("attribute answer", "binding=no", "binding=maybe", "deal-3,", "attributes", "binding=maybe", "NAME=yes"),
    rows("attribute twice", "binding=no", "binding=no; binding=yes", "deal-3,", "attributes", "twice"),
    rows("id twice", "deal-2,", "deal-1,", "deal-1,2023-05", "id", "'deal-1'", "line 5"),
    rows("date", "2021-09-14", "2021-09-31", "done,", "announced", "2021-09-31", "calendar"),
    rows("date words", "2021-09-14", "last May", "done,", "announced", "last May", "YYYY"),
    rows("entered coarse", "2021-09-15", "2021-09", "done,", "entered", "2021-09", "YYYY-MM-DD"),
    rows("entered too early", "2021-09-15", "2021-09-13", "done,", "entered", "2021-09-13", "reversed"),
    rows("retracted too early", "2024-05-01", "2024-02-01", "deal-3,", "retracted", "2024-02-01", "reversed"),
    rows("achieved in the future", "2021-08,", "2021-10,", "done,", "when", "2021-10", "reversed"),
    rows("not yet in the future", ",2022,", ",2023,", "open,", "when", "2023", "reversed"),
    rows("target before issue", "2025-12", "2022-12", "target,", "when", "2022-12", "reversed"),
    rows("achieved before the grid", ",2021-08,", ",2019-08,", "done,", "when", "2019-08", "2020-01 to 2034-12"),
    rows("ratio past the grid", ",2026,1.5", ",2035,1.5", "view,", "when", "2035", "up to 2034-12"),
    rows(
        "not yet past the grid",
        "open,2023-01-20,,,not_yet,launch,,,2022",
        "open,2036-01-20,,,not_yet,launch,,,2035",
        "open,",
        "when: received 2035",
        "up to 2034-12",
    ),
    rows("achieved without month", ",2021-08,", ",,", "done,", "when", "empty"),
    rows("achieved in a year", ",2021-08,", ",2021,", "done,", "month", "2021", "one month"),
    rows("kind of a fact", "achieved,design,,", "achieved,design,deal,", "done,", "kind", "'deal'", "type achieved"),
    rows("ratio missing", ",1.5,", ",,", "view,", "ratio", "empty"),
    rows("ratio negative", ",1.5,", ",-1.5,", "view,", "ratio", "-1.5", "at least 0"),
    rows("ratio nan", ",1.5,", ",nan,", "view,", "ratio", "'nan'", "finite"),
    rows("ratio infinite", ",1.5,", ",1e999,", "view,", "ratio", "inf", "finite"),
    rows("source missing", "A rumour,,paper,", "A rumour,,,", "deal-3,", "source", "empty"),
    rows("headline missing", "A rumour,,paper,", ",,paper,", "deal-3,", "headline", "empty"),
    rows("cell too many", "A rumour,,paper,", "A rumour, so,,paper,", "deal-3,", "16 cells", "15"),
    rows("cell too few", "A rumour,,paper,", "A rumour,paper,", "deal-3,", "14 cells", "15"),
    rows("quote not closed", '"Not on sale, they say"', '"Not on sale, they say', "open,", "quote", "never closed"),
    rows("text after quote", '"Not on sale, they say"', '"Not on" sale', "open,", "after a closing quote"),
    rows("unknown column", "headline,counterparty", "headlines,counterparty", "id,", "'headlines'", "'headline'?"),
    rows("missing column", HEADER, HEADER.removesuffix(",note"), "id,", "'note'", "missing"),
    rows("column twice", "headline,counterparty", "headline,headline", "id,", "'headline'", "twice"),
    rows("control character", "A rumour", "A \x1b[31mrumour", "deal-3,", "U+001B"),
    rows("id", "deal-3,", "deal 3,", "deal 3,", "id", "'deal 3'", "letters"),
    market(
        "unknown priced", 'priced = "launch"', 'priced = "lunch"', "priced", "market.priced", "'lunch'", "'launch'?"
    ),
    market(
        "unknown value",
        "[payoffs.values.launch]",
        "[payoffs.values.lunch]",
        "[payoffs.values.lunch]",
        "'lunch'",
        "launch",
    ),
    market(
        "negative value", "value = 1000", "value = -1000", "value = -1000", "payoffs.values.launch.value", "at least 0"
    ),
    market("interval", "low = 5.0", "low = 15.0", "[payoffs.beyond]", "low 15", "low <= value <= high"),
    market("half an interval", "low = 5.0\n", "", "[payoffs.beyond]", "come together"),
    market(
        "no required return",
        "[payoffs.required_return]",
        "[payoffs.return]",
        "[payoffs.return]",
        "unknown key 'return'",
    ),
    market("unknown item", 'item = "deal-1"', 'item = "deal-9"', "item", "event Deal day, item", "'deal-9'"),
    market("event reversed", '"2023-03-01"', '"2023-03-04"', "[[event]]", "2023-03-04", "reversed"),
    Case("price zero", "prices.csv", "4.4", "0", "2023-03-03", ("close", "above 0")),
    Case("price words", "prices.csv", "4.4", "4_4", "2023-03-03", ("close", "'4_4'", "finite")),
    Case("price twice", "prices.csv", "2023-03-01", "2023-03-03", "2023-03-03,4.0", ("date", "line 2")),
    Case(
        "shares reversed", "shares.csv", "2024-02-15", "2023-02-15", "2023-12-31", ("filed", "2023-02-15", "reversed")
    ),
    Case("shares kind", "shares.csv", "A,filed", "A,field", "2023-12-31,2024-02", ("kind", "'field'", "'filed'")),
    Case("shares mixed", "shares.csv", ",B,", ",all,", "2023-12-31,2024-03", ("class", "all")),
    Case(
        "shares twice",
        "shares.csv",
        "2024-03-01,40,B",
        "2024-02-15,40,A",
        "2023-12-31,2024-02-15,40",
        ("class", "line 2"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file}: {case.name}")
def test_one_clear_error_with_file_and_line(case: Case, tmp_path: Path) -> None:
    text = replaced(FILES[case.file], case.old, case.new)
    folder = write(tmp_path, {**FILES, case.file: text})
    with pytest.raises(InvalidInput) as caught:
        load(folder)
    message = str(caught.value)
    assert message.startswith(f"{folder / case.file}:{line_of(text, case.mark)}: "), message
    assert "\n" not in message
    for words in case.says:
        assert words in message


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file}: {case.name}")
def test_check_lists_what_load_raises(case: Case, tmp_path: Path) -> None:
    folder = write(tmp_path, {**FILES, case.file: replaced(FILES[case.file], case.old, case.new)})
    with pytest.raises(InvalidInput) as caught:
        load(folder)
    errors = [str(problem) for problem in check(folder) if problem.level == "error"]
    assert str(caught.value) in errors


def error_of(folder: Path) -> str:
    with pytest.raises(InvalidInput) as caught:
        load(folder)
    return str(caught.value)


@pytest.mark.parametrize("name", FILES)
def test_empty_file(name: str, tmp_path: Path) -> None:
    folder = write(tmp_path, {**FILES, name: "\n  \n"})
    assert error_of(folder) == f"{folder / name}: empty file"


@pytest.mark.parametrize("name", [name for name in FILES if name != "kinds.toml"])
def test_missing_file(name: str, tmp_path: Path) -> None:
    folder = write(tmp_path, {key: text for key, text in FILES.items() if key != name})
    assert error_of(folder).startswith(f"{folder / name}: missing file")


@pytest.mark.parametrize("name", FILES)
def test_wrong_encoding_names_the_line(name: str, tmp_path: Path) -> None:
    folder = write(tmp_path)
    lines = FILES[name].encode().splitlines(keepends=True)
    (folder / name).write_bytes(b"".join([*lines[:2], "# caf\xe9 ".encode("latin-1"), *lines[2:]]))
    assert error_of(folder).startswith(f"{folder / name}:3: wrong encoding: byte 0xe9 is not UTF-8")


@pytest.mark.parametrize("name", FILES)
def test_pipes_and_devices_are_refused_at_once(name: str, tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / name).unlink()
    os.mkfifo(folder / name)
    says = f"{folder / name}: cannot be read: not a regular file; allowed are regular files and links to them"
    assert error_of(folder) == says
    with pytest.raises(InvalidInput, match="not a regular file"):
        append_announcement(folder, {"type": "announcement"})
    (folder / name).unlink()
    (folder / name).symlink_to("/dev/zero")
    assert error_of(folder) == says


def test_a_link_to_a_file_is_read(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / "prices.csv").rename(tmp_path / "elsewhere.csv")
    (folder / "prices.csv").symlink_to(tmp_path / "elsewhere.csv")
    assert load(folder).market is not None


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    folder = write(tmp_path)
    with (folder / "prices.csv").open("r+b") as stream:
        stream.truncate(64 * 2**20 + 1)  # a hole, which takes no room on the disk
    assert error_of(folder) == f"{folder / 'prices.csv'}: cannot be read: too large; allowed are 64 MB"


@pytest.mark.parametrize("received", ["last May", "2021-13", "2021-09-31", "9999", "2021-Q5"])
def test_a_date_names_its_field_once(received: str, tmp_path: Path) -> None:
    folder = write(tmp_path, {**FILES, "announcements.csv": replaced(ANNOUNCEMENTS, "2021-09-14", received)})
    assert f":2: announced: received '{received}'" in error_of(folder)
    text = replaced(FILES["roadmap.toml"], '"2022"', f'"{received}"')
    folder = write(tmp_path / "second", {**FILES, "roadmap.toml": text})
    assert f"milestone design, deadline: received '{received}'" in error_of(folder)


@pytest.mark.parametrize("beside", [True, False])
def test_an_unknown_kind_says_which_kinds_were_used(beside: bool, tmp_path: Path) -> None:
    folder = write(tmp_path, {name: text for name, text in FILES.items() if name != "kinds.toml"})
    if beside:
        (tmp_path / "kinds.toml").write_text(
            replaced(KINDS, "[kind.deal]", "[kind.dael]").replace("kind.deal.", "kind.dael.")
        )
    used = tmp_path / "kinds.toml" if beside else "the bundled kinds.toml"
    errors = [str(problem) for problem in check(folder)]
    says = f"kind: received 'deal', which is unknown (kinds of {used}); "
    assert any(f"stream deal on launch, {says}" in error for error in errors)


def test_check_sorts_by_file_and_line(tmp_path: Path) -> None:
    text = replaced(
        replaced(FILES["roadmap.toml"], 'deadline = "2028-06"', 'deadline = "2040"'), "lead_from = 24", "lead_from = 20"
    )
    text = replaced(text, 'headline = ["launch"]', 'headline = ["lunch"]')
    files = {**FILES, "roadmap.toml": text, "market.toml": replaced(FILES["market.toml"], '"deal-1"', '"deal-9"')}
    places = [(Path(problem.place.file).name, problem.place.line or 0) for problem in check(write(tmp_path, files))]
    assert [name for name, _ in places] == ["roadmap.toml", "roadmap.toml", "roadmap.toml", "market.toml"]
    assert places[:3] == sorted(places[:3])


def test_wide_encoding_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / "announcements.csv").write_bytes(ANNOUNCEMENTS.encode("utf-16"))
    assert f"{folder / 'announcements.csv'}:1: wrong encoding" in error_of(folder)


def test_file_that_is_a_folder(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / "prices.csv").unlink()
    (folder / "prices.csv").mkdir()
    assert error_of(folder).startswith(f"{folder / 'prices.csv'}: cannot be read")


@pytest.mark.parametrize("name", ["prices.csv", "shares.csv"])
def test_market_without_rows(name: str, tmp_path: Path) -> None:
    folder = write(tmp_path, {**FILES, name: FILES[name].splitlines()[0] + "\n"})
    assert str(folder / name) in error_of(folder)


def test_guidance_lead_without_slip_class(tmp_path: Path) -> None:
    text = replaced(FILES["roadmap.toml"], "lead_from = 24", "lead_from = 60")
    folder = write(tmp_path, {**FILES, "roadmap.toml": text})
    line = line_of(ANNOUNCEMENTS, "target,")
    assert error_of(folder).startswith(
        f"{folder / 'announcements.csv'}:{line}: target: the target lies 34 months ahead"
    )


def test_unknown_name_lists_the_bundled() -> None:
    with pytest.raises(InvalidInput, match=r"'no_such_dossier'.*bundled.*phase2_drug.*quantumscape"):
        load("no_such_dossier")


@pytest.mark.parametrize("where", ["", "a\0b", " ", "x" * 5000])
def test_names_that_are_none(where: str) -> None:
    with pytest.raises(InvalidInput, match="a dossier: received"):
        load(where)


def test_check_collects_errors_of_several_files(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        {
            **FILES,
            "kinds.toml": replaced(KINDS, "lift = 2.0", "lift = -2.0"),
            "announcements.csv": replaced(ANNOUNCEMENTS, "2021-09-14", "yesterday"),
            "prices.csv": replaced(FILES["prices.csv"], "4.4", "much"),
        },
    )
    found = {Path(problem.place.file).name for problem in check(folder) if problem.level == "error"}
    assert found == {"kinds.toml", "announcements.csv", "prices.csv"}


def reads_or_refuses(folder: Path, name: str, data: bytes) -> None:
    """Whatever the bytes, `read` finds errors or gives a dossier; it never fails otherwise."""
    problems = Problems()
    files = read_folder(folder, problems)
    dossier = read({**files, name: (files[name][0], data)}, folder, problems)
    assert problems.failed == (dossier is None)
    assert all("\n" not in str(problem) for problem in problems.found)


FUZZ = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@FUZZ
@given(data=st.binary(max_size=400))
@example(data=b"\xef\xbb\xbf")
@example(data=b"\r")
@example(data=b'"')
@example(data=b",")
def test_any_bytes_as_announcements(data: bytes, small: Path) -> None:
    reads_or_refuses(small, "announcements.csv", data)
    reads_or_refuses(small, "announcements.csv", f"{HEADER}\n".encode() + data)


@FUZZ
@given(cells=st.lists(st.text(max_size=12), min_size=15, max_size=15), column=st.integers(0, 14), row=st.integers(1, 8))
def test_any_cells_as_announcements(cells: list[str], column: int, row: int, small: Path) -> None:
    lines = ANNOUNCEMENTS.splitlines()
    words = lines[row].split(",")
    words[min(column, len(words) - 1)] = cells[0]
    for line in (",".join(cells), ",".join(words)):
        reads_or_refuses(
            small, "announcements.csv", "\n".join([*lines[:row], line, *lines[row + 1 :]]).encode("utf-8", "replace")
        )


@FUZZ
@given(
    name=st.sampled_from(["kinds.toml", "roadmap.toml", "market.toml"]),
    share=st.floats(0, 1),
    noise=st.binary(max_size=5),
)
def test_truncated_or_noisy_toml(name: str, share: float, noise: bytes, small: Path) -> None:
    data = FILES[name].encode()
    at = int(share * len(data))
    reads_or_refuses(small, name, data[:at] + noise)
    reads_or_refuses(small, name, data[:at] + noise + data[at + len(noise) :])


VALUES = st.sampled_from(
    [
        "nan",
        "-inf",
        "1e400",
        "9" * 5000,
        "[[]]",
        "{}",
        "2020-01-01",
        "07:00:00",
        "''",
        '"\\n"',
        "[" * 2000 + "]" * 2000,
        "true",
    ]
)


def test_no_error_smuggles_a_line_end(tmp_path: Path) -> None:
    text = replaced(FILES["roadmap.toml"], 'kind = "deal"', 'kind = "de\\nal"\n"un\\nknown" = 1')
    folder = write(tmp_path, {**FILES, "roadmap.toml": text})
    assert "\n" not in error_of(folder)


@FUZZ
@given(name=st.sampled_from(["kinds.toml", "roadmap.toml", "market.toml"]), pick=st.integers(0, 200), value=VALUES)
def test_any_value_for_any_key(name: str, pick: int, value: str, small: Path) -> None:
    lines = FILES[name].splitlines()
    keyed = [number for number, line in enumerate(lines) if " = " in line and not line.startswith("#")]
    number = keyed[pick % len(keyed)]
    lines[number] = f"{lines[number].partition(' = ')[0]} = {value}"
    reads_or_refuses(small, name, "\n".join(lines).encode())


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("fuzz"))
