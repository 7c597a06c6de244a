"""The level: valid for the game's loader, and a map with the right places within reach."""

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.support.servers import ROOT

LEVEL = ROOT / "game" / "levels" / "whatsapp_media"
LEVEL_CONFIG = json.loads((LEVEL / "level.json").read_text())
MAP = json.loads((LEVEL / "maps" / "default.json").read_text())
LAYERS = {layer["name"]: layer for layer in MAP["layers"]}
OBJECTS = LAYERS["Objects"]["objects"]
OBJECTIVE_FILES = {"objective.json", "description.md", "walkthrough.md", "validator.js"}

# What the game's loader accepts in a level.json; any other key is ignored.
OPTIONAL_KEYS = {
    "description": str,
    "questTitle": str,
    "questDescription": str,
    "is_mission": bool,
    "priority": int,
    "prereqs": list,
    "backgroundMusic": str,
    "backgroundEffect": dict,
    "flavorTextOverrides": dict,
    "objectives": list,
}
MUSIC = {"fascinatingarea_108253b", "safearea_337937b", "hackertheme_104771b"}

# The game's own tilesets: first and last gid. Of the second, those of chests and the terminal are
# hackable, and lasers are open once their objective is completed.
TILESETS = {
    "TwilioQuestTileset.png": range(1, 10_001),
    "TwilioQuestObjects.json": range(10_002, 10_017),
    "TwilioQuestNPCs.json": range(11_017, 11_029),
}
HACKABLE = {*range(10_002, 10_011), 10_013}
LASERS = {10_011, 10_012}
TILE = MAP["tilewidth"]
WIDTH, HEIGHT = MAP["width"], MAP["height"]

Place = tuple[int, int]


def properties(item: dict[str, Any]) -> dict[str, Any]:
    return {each["name"]: each["value"] for each in item.get("properties", [])}


def objects(**wanted: Any) -> list[dict[str, Any]]:
    """Return the objects of the map with these members or properties."""
    return [each for each in OBJECTS if wanted.items() <= ({**each, **properties(each)}).items()]


def area(item: dict[str, Any]) -> set[Place]:
    """Return the tiles that an object covers; with a gid its origin is its lower left corner."""
    top = item["y"] - item["height"] if "gid" in item else item["y"]
    right = max(item["x"], item["x"] + item["width"] - 1)
    bottom = max(top, top + item["height"] - 1)
    columns = range(int(item["x"] // TILE), int(right // TILE) + 1)
    return {(x, y) for x in columns for y in range(int(top // TILE), int(bottom // TILE) + 1)}


def walls() -> set[Place]:
    tiles = enumerate(LAYERS["Collision"]["data"])
    return {(index % WIDTH, index // WIDTH) for index, gid in tiles if gid}


def on_map(place: Place) -> bool:
    return place[0] in range(WIDTH) and place[1] in range(HEIGHT)


def neighbours(place: Place) -> Iterator[Place]:
    x, y = place
    yield from ((x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1))


def reachable(closed: set[Place]) -> set[Place]:
    """Return the tiles that the player can reach from the entry; `closed` tiles block the way."""
    [entry] = objects(type="player", name="player_entry1")
    reached = area(entry)
    solid = walls()
    edge = list(reached)
    while edge:
        for place in neighbours(edge.pop()):
            if place not in reached | closed | solid and on_map(place):
                reached.add(place)
                edge.append(place)
    return reached


def lasers() -> set[Place]:
    return {place for each in OBJECTS if each.get("gid") in LASERS for place in area(each)}


def within_reach(item: dict[str, Any], walkable: set[Place]) -> bool:
    return any(near in walkable for place in area(item) for near in (place, *neighbours(place)))


def test_level_json_has_the_types_that_the_loader_demands() -> None:
    types = {"title": str, **OPTIONAL_KEYS}

    assert LEVEL_CONFIG["title"]
    assert [key for key in LEVEL_CONFIG if key not in types] == []
    assert [k for k, value in LEVEL_CONFIG.items() if not isinstance(value, types[k])] == []


def test_the_level_is_a_mission_without_prerequisites() -> None:
    assert LEVEL_CONFIG["is_mission"] is True
    assert "prereqs" not in LEVEL_CONFIG
    assert LEVEL_CONFIG["backgroundMusic"] in MUSIC
    assert LEVEL_CONFIG["backgroundEffect"] == {"key": "vr", "options": {}}
    assert (LEVEL / "events.js").is_file()


def test_every_objective_of_the_level_has_the_files_that_the_game_reads() -> None:
    folders = {path.name: path for path in (LEVEL / "objectives").iterdir()}

    assert LEVEL_CONFIG["objectives"] == list(folders)
    for folder in folders.values():
        assert {path.name for path in folder.iterdir()} >= OBJECTIVE_FILES


def test_the_objective_asks_for_the_sid_offers_an_editor_and_gives_loot() -> None:
    folder = LEVEL / "objectives" / "whatsapp_media"
    objective = json.loads((folder / "objective.json").read_text())

    [field] = objective["validation_fields"]
    assert (field["name"], field["type"]) == ("messageSid", "text")
    assert all(field[key] for key in ("placeholder", "label"))
    assert objective["title"]
    assert objective["description"]
    assert objective["rewards"] == {"xp": 200, "items": ["wayfarer_glasses"]}
    assert objective["show_ide"] is (folder / "example.js").is_file() is True


def test_the_map_has_the_shape_that_the_game_expects() -> None:
    assert (MAP["type"], MAP["orientation"], MAP["infinite"]) == ("map", "orthogonal", False)
    assert (MAP["tilewidth"], MAP["tileheight"]) == (24, 24)
    assert properties(LAYERS["Collision"]) == {"collision": True, "hidden": True}
    for layer in MAP["layers"]:
        if layer["type"] == "tilelayer":
            assert (layer["width"], layer["height"]) == (WIDTH, HEIGHT)
            assert len(layer["data"]) == WIDTH * HEIGHT


def test_every_gid_of_the_map_lies_in_one_of_the_games_own_tilesets() -> None:
    firsts = {}
    for tileset in MAP["tilesets"]:
        folder, _, name = tileset.get("source", tileset.get("image")).rpartition("/")
        assert folder == "../../../../.bundled/tilesets"
        firsts[name] = tileset["firstgid"]
    assert firsts == {
        "TwilioQuestTileset.png": 1,
        "TwilioQuestObjects.json": 10_001,
        "TwilioQuestNPCs.json": 11_017,
    }

    tiles = [gid for layer in MAP["layers"] for gid in layer.get("data", []) if gid]
    assert [gid for gid in tiles if gid not in TILESETS["TwilioQuestTileset.png"]] == []
    gids = [each["gid"] for each in OBJECTS if "gid" in each]
    assert [gid for gid in gids if not any(gid in known for known in TILESETS.values())] == []


def test_the_terminal_is_hackable_and_within_reach_before_the_objective() -> None:
    [terminal] = objects(objectiveName="whatsapp_media", gid=10_013)

    assert terminal["gid"] in HACKABLE
    assert terminal["type"] == ""
    assert within_reach(terminal, reachable(closed=lasers()))


def test_the_laser_closes_the_hall_until_the_objective_is_completed() -> None:
    [laser] = objects(gid=10_011)
    [chest] = objects(gid=10_005)

    assert properties(laser) == properties(chest) == {"objectiveName": "whatsapp_media"}
    assert chest["gid"] in HACKABLE
    assert not within_reach(chest, reachable(closed=lasers()))
    assert within_reach(chest, reachable(closed=set()))


def test_the_exit_leads_back_aboard_the_fog_owl() -> None:
    [way_out] = objects(type="levelChange")

    assert properties(way_out) == {
        "levelName": "fog_owl",
        "mapName": "default",
        "playerEntryPoint": "player_entry2",
    }
    assert within_reach(way_out, reachable(closed=lasers()))


def test_walls_close_the_map() -> None:
    edge = {(x, y) for x in range(WIDTH) for y in range(HEIGHT)} - {
        (x, y) for x in range(1, WIDTH - 1) for y in range(1, HEIGHT - 1)
    }

    assert not reachable(closed=set()) & edge


def test_the_player_walks_on_floor() -> None:
    [way_out] = objects(type="levelChange")
    floor = LAYERS["Base"]["data"]
    walked = reachable(closed=set()) - area(way_out)

    assert [(x, y) for x, y in walked if not floor[y * WIDTH + x]] == []


def test_every_text_and_conversation_of_the_map_exists() -> None:
    texts = {properties(each).get("flavorText") for each in OBJECTS} - {None}
    talks = {properties(each).get("conversation") for each in OBJECTS} - {None}

    assert texts == set(LEVEL_CONFIG["flavorTextOverrides"])
    assert {f"{talk}.pug" for talk in talks} == {
        path.name for path in (LEVEL / "conversations").iterdir()
    }
    assert all(within_reach(each, reachable(set())) for each in objects(flavorText="emptyFrame"))


def test_the_conversation_has_a_statement_for_every_response() -> None:
    text = (LEVEL / "conversations" / "curator.pug").read_text()
    _, _, statements = text.partition("\n  statements\n")

    said = set(re.findall(r"statement#(\w+)", statements))
    offered = set(re.findall(r"response#(\w+)", text))
    assert offered == set(re.findall(r'when "(\w+)"', text))
    assert said == offered | {"welcome", "thanks"}
