"""Says in a line what a table or picture shows, so that its heading tells the finding and not the topic."""

from __future__ import annotations

from procsim.maths.numerals import number
from procsim.pages.content import Found
from procsim.pages.cost_sheet import INCOMING, UNUSED, ordered
from procsim.pages.words import listed, percent, several, short


def of_package(found: Found) -> str:
    """How thick it is and how it is wired."""
    thick, layers, pitch = (found.figure(name) for name in ("package_thickness", "wiring_layers", "terminal_pitch"))
    wired = layers == layers and layers > 0
    words = [f"{number(thick / 1000, 3)} mm thick" if thick == thick else "",
             f"{int(layers)} wiring layer{'s' if layers != 1 else ''}" if wired else "",
             f"terminals {short(pitch, 3)} mm apart" if pitch == pitch else ""]
    return f"The package: {listed(word for word in words if word)}" if any(words) else "The package"


def of_cost(found: Found) -> str:
    """What costs most: parts, and the step that does without them."""
    table = ordered(found)
    own = table[~table["step"].isin([INCOMING, UNUSED])]
    whole = float(table["good"].sum())
    if not whole > 0 or not len(own):
        return "Nothing costs anything here"
    added = (own["good"] - own["parts"]).fillna(0.0)
    top = own.iloc[int(added.to_numpy().argmax())]
    parts = float(table["parts"].sum()) / whole
    first = f"Dies and panels are {percent(parts, 2)} of the cost; " if parts > 0.05 else ""
    line = f"{top['step']} costs most {'of the rest' if first else 'of all steps'}: {number(float(added.max()), 3)} USD"
    return first + (line if first else line[:1].upper() + line[1:])


def of_scrap(found: Found) -> str:
    """Which step loses most, and how few lose half of it."""
    table = found.tables.get("loss_pareto")
    if table is None or not len(table):
        return "Nothing is lost"
    by_step = table.groupby("step", sort=False)["share"].sum().sort_values(ascending=False, kind="stable")
    half = int((by_step.cumsum() < 0.5).sum()) + 1
    first = "What arrives bad" if by_step.index[0] == INCOMING else by_step.index[0]
    return f"{first} loses most: {percent(float(by_step.iloc[0]), 2)} of all lost units; {half} of {len(by_step)} steps lose half of them"


def of_scrap_cost(found: Found) -> str:
    """What scrap costs, and which step causes most of it."""
    table = found.tables["cost_by_step"]
    top = table.iloc[int(table["scrap_caused_usd"].fillna(0.0).to_numpy().argmax())]
    first = "what arrives bad" if top["step"] == INCOMING else top["step"]
    whole = float(table["scrap_caused_usd"].sum())
    return f"Scrap costs {number(whole, 3)} USD a good package, {number(float(top['scrap_caused_usd']), 3)} of it because of {first}"


def of_line(found: Found) -> str:
    """What limits the line."""
    from procsim.pages.headline import bottleneck

    load, where = float(found.figure("bottleneck_load")), str(found.figure("bottleneck_load", "note"))
    return f"{bottleneck(found, where)} at {percent(load, 2)}" if load == load else "What the tools do"


def of_one_more_tool(found: Found) -> str:
    """Which tool to buy next, for room and for time."""
    table = found.tables["one_more_tool"]
    first = table.iloc[0]
    words = [f"One more {first['tool_group']} takes its load from {percent(first['load'], 2)} to {percent(first['load_with_one_more'], 2)}"]
    if first["loaded_usd_per_good_unit"] == first["loaded_usd_per_good_unit"]:
        words.append(f"and the cost up by {number(first['loaded_usd_per_good_unit'], 2)} USD a package")
    times = table["cycle_time_h"]
    if times.notna().any() and times.min() < 0:
        row = table.iloc[int(times.fillna(0.0).to_numpy().argmin())]
        words.append(f"; most time is won by one more {row['tool_group']}: {number(-row['cycle_time_h'], 2)} h of a lot's way")
    return " ".join(words).replace(" ;", ";")


def of_time(found: Found) -> str:
    """How long a lot takes, and how much of it is work."""
    hours, work, wait = (float(found.figure(name)) for name in ("cycle_time", "raw_process_time", "waiting_time"))
    if hours != hours:
        return f"A lot is worked on for {number(work, 3)} h" if work == work else "Where the time goes"
    rest = f", {number(wait, 3)} h waiting" if wait == wait else ""
    return f"A lot takes {number(hours, 3)} h: {number(work, 3)} h work{rest}"


def of_inputs(found: Found) -> str:
    """On whose word the cost stands, and what could move it most."""
    guessed, widest = found.figure("cost_resting_on_estimates"), found.figure("widest_estimate_1")
    if guessed != guessed:
        return "What the cost rests on"
    words = f"{percent(guessed, 2)} of the cost rests on estimates"
    name = found.figure("widest_estimate_1", "note")
    return words + (f"; {name} moves it most, by ± {number(widest, 2)} USD" if widest == widest else "")


def of_more(found: Found) -> str:
    """What one more of a thing costs, the dearest of them."""
    table = found.tables["marginal_cost"]
    usd = table["direct_usd_per_good_unit"]
    if not usd.notna().any():
        return "What one more costs"
    row = table.iloc[int(usd.abs().fillna(0.0).to_numpy().argmax())]
    return f"{str(row['one_more']).capitalize()} costs {number(row['direct_usd_per_good_unit'], 3)} USD a package"


def of_volume(found: Found) -> str:
    """How the cost falls with volume."""
    table = found.tables["cost_by_volume"]
    low, high = table.iloc[0], table.iloc[-1]
    return (f"{number(low['cost_per_good_unit_usd'], 3)} USD at {several(round(low['good_units_per_week']))} a week, "
            f"{number(high['cost_per_good_unit_usd'], 3)} USD at {several(round(high['good_units_per_week']))}")
