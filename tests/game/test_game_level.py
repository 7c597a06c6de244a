"""The level: valid for the game's loader, and a map with the right places within reach."""

import json
import re
from collections.abc import Iterator, Set
from typing import Any

from tests.support.servers import ROOT

LEVEL = ROOT / "game" / "levels" / "whatsapp_media"
LEVEL_CONFIG = json.loads((LEVEL / "level.json").read_text())
MAP = json.loads((LEVEL / "maps" / "default.json").read_text())
LAYERS = {layer["name"]: layer for layer in MAP["layers"]}
OBJECTS = LAYERS["Objects"]["objects"]
OBJECTIVE_FILES = {"objective.json", "description.md", "walkthrough.md", "validator.js"}

# The members of level.json that the game's loader reads, by their types; it ignores others.
LEVEL_KEYS = {
    str: {"title", "description", "questTitle", "questDescription", "backgroundMusic"},
    bool: {"is_mission"},
    int: {"priority"},
    list: {"objectives"},
    dict: {"backgroundEffect", "flavorTextOverrides"},
}
MUSIC = {"fascinatingarea_108253b", "safearea_337937b", "hackertheme_104771b"}

# The game's own tilesets: the first gid, and those that have a tile.
TILESETS = {
    "../../../../.bundled/tilesets/TwilioQuestTileset.png": (1, range(1, 10_001)),
    "../../../../.bundled/tilesets/TwilioQuestObjects.json": (10_001, range(10_002, 10_017)),
    "../../../../.bundled/tilesets/TwilioQuestNPCs.json": (11_017, range(11_017, 11_029)),
}
CHEST, LASER, TERMINAL = 10_005, 10_011, 10_013
WIDTH, HEIGHT = MAP["width"], MAP["height"]

Place = tuple[int, int]


def properties(item: dict[str, Any]) -> dict[str, Any]:
    return {each["name"]: each["value"] for each in item.get("properties", [])}


def the_object(**wanted: Any) -> dict[str, Any]:
    """Return the only object of the map with these members."""
    [found] = [each for each in OBJECTS if wanted.items() <= each.items()]
    return dict(found)


def area(item: dict[str, Any]) -> set[Place]:
    """Return the tiles that an object covers; with a gid its origin is its lower left corner."""
    tile = MAP["tilewidth"]
    top = item["y"] - item["height"] if "gid" in item else item["y"]
    right = max(item["x"], item["x"] + item["width"] - 1)
    bottom = max(top, top + item["height"] - 1)
    columns = range(int(item["x"] // tile), int(right // tile) + 1)
    return {(x, y) for x in columns for y in range(int(top // tile), int(bottom // tile) + 1)}


def neighbours(place: Place) -> Iterator[Place]:
    x, y = place
    yield from ((x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1))


def reachable(closed: Set[Place] = frozenset()) -> set[Place]:
    """Return the tiles that the player can reach from the entry; `closed` tiles block the way."""
    tiles = enumerate(LAYERS["Collision"]["data"])
    free = {(index % WIDTH, index // WIDTH) for index, is_wall in tiles if not is_wall} - closed
    edge = reached = area(the_object(type="player", name="player_entry1"))
    while edge:
        edge = {near for place in edge for near in neighbours(place)} & free - reached
        reached = reached | edge
    return reached


def within_reach(item: dict[str, Any], walkable: set[Place]) -> bool:
    return any(near in walkable for place in area(item) for near in (place, *neighbours(place)))


def test_level_json_is_a_mission_with_the_games_own_music_and_effect() -> None:
    types = {key: kind for kind, keys in LEVEL_KEYS.items() for key in keys}

    assert {key: type(value) for key, value in LEVEL_CONFIG.items()} == types
    assert LEVEL_CONFIG["title"]
    assert LEVEL_CONFIG["is_mission"] is True
    assert LEVEL_CONFIG["backgroundMusic"] in MUSIC
    assert LEVEL_CONFIG["backgroundEffect"] == {"key": "vr", "options": {}}
    assert (LEVEL / "events.js").is_file()


def test_the_objective_asks_for_the_sid_offers_an_editor_and_gives_loot() -> None:
    [folder] = (LEVEL / "objectives").iterdir()
    objective = json.loads((folder / "objective.json").read_text())
    [field] = objective["validation_fields"]

    assert LEVEL_CONFIG["objectives"] == [folder.name] == ["whatsapp_media"]
    assert {path.name for path in folder.iterdir()} >= OBJECTIVE_FILES
    assert (field["name"], field["type"]) == ("messageSid", "text")
    assert all((field["placeholder"], field["label"], objective["title"], objective["description"]))
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
    firsts = {each.get("source", each.get("image")): each["firstgid"] for each in MAP["tilesets"]}
    tiles, *_ = all_gids = [gids for _, gids in TILESETS.values()]
    drawn = {gid for layer in MAP["layers"] for gid in layer.get("data", []) if gid}
    placed = {each["gid"] for each in OBJECTS if "gid" in each}

    assert firsts == {source: first for source, (first, _) in TILESETS.items()}
    assert drawn <= set(tiles)
    assert placed <= set().union(*all_gids)


def test_the_laser_closes_the_hall_until_the_objective_is_completed() -> None:
    terminal, laser, chest = (the_object(gid=gid) for gid in (TERMINAL, LASER, CHEST))
    way_out = the_object(type="levelChange")
    before = reachable(closed=area(laser))

    for item in (terminal, laser, chest):
        assert properties(item) == {"objectiveName": "whatsapp_media"}
    assert terminal["type"] == ""
    assert within_reach(terminal, before)
    assert within_reach(way_out, before)
    assert not within_reach(chest, before)
    assert within_reach(chest, reachable())


def test_the_exit_leads_back_aboard_the_fog_owl() -> None:
    exit_ = properties(the_object(type="levelChange"))

    assert (exit_["levelName"], exit_["mapName"]) == ("fog_owl", "default")
    assert exit_["playerEntryPoint"] == "player_entry2"


def test_the_player_walks_on_floor_inside_walls() -> None:
    floor = LAYERS["Base"]["data"]
    walked = reachable()

    assert [(x, y) for x, y in walked if x in {0, WIDTH - 1} or y in {0, HEIGHT - 1}] == []
    inside = walked - area(the_object(type="levelChange"))
    assert [(x, y) for x, y in inside if not floor[y * WIDTH + x]] == []


def test_every_text_and_conversation_of_the_map_exists() -> None:
    texts = {properties(each).get("flavorText") for each in OBJECTS} - {None}
    talks = {properties(each).get("conversation") for each in OBJECTS} - {None}
    frames = [each for each in OBJECTS if properties(each).get("flavorText") == "emptyFrame"]

    assert texts == set(LEVEL_CONFIG["flavorTextOverrides"])
    assert talks == {path.stem for path in (LEVEL / "conversations").glob("*.pug")}
    assert all(within_reach(each, reachable()) for each in frames)


def test_the_conversation_has_a_statement_for_every_response() -> None:
    text = (LEVEL / "conversations" / "curator.pug").read_text()
    _, _, statements = text.partition("\n  statements\n")

    said = set(re.findall(r"statement#(\w+)", statements))
    offered = set(re.findall(r"response#(\w+)", text))
    assert offered == set(re.findall(r'when "(\w+)"', text))
    assert said == offered | {"welcome", "thanks"}
