'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');

const { LEVEL } = require('./player');

const onEvent = require(path.join(LEVEL, 'events'));
const map = JSON.parse(fs.readFileSync(path.join(LEVEL, 'maps/default.json'), 'utf8'));

const FILLED = { empty_frame: 'hidden', new_picture: 'shown' };
const EMPTY = { empty_frame: 'shown', new_picture: 'hidden' };

/** Return a fake of the game's world, with the objects of the map that have a key. */
function worldOf(completed) {
  const objects = map.layers.flatMap((layer) => layer.objects || []);
  const keys = objects.flatMap(({ properties = [] }) =>
    properties.filter(({ name }) => name === 'key').map(({ value }) => value),
  );
  const entities = keys.map((key) => ({ key }));
  const forEach = (key, change) => entities.filter((each) => each.key === key).forEach(change);
  const world = {
    said: [],
    quests: [],
    isObjectiveCompleted: (objective) => completed && objective === 'whatsapp_media',
    showEntities: (key) => forEach(key, (entity) => Object.assign(entity, { seen: 'shown' })),
    hideEntities: (key) => forEach(key, (entity) => Object.assign(entity, { seen: 'hidden' })),
    forEachEntities: forEach,
    showNotification: (html) => world.said.push(html),
    updateQuestStatus: (...quest) => world.quests.push(quest),
    hall: () => Object.fromEntries(entities.map(({ key, seen }) => [key, seen])),
    reacting: () => [
      ...new Set(entities.filter((each) => !each.interactionDisabled).map(({ key }) => key)),
    ],
  };
  return world;
}

test('before the objective the frame is empty, and a notification says where to go', () => {
  const world = worldOf(false);
  onEvent({ name: 'mapDidLoad' }, world);

  assert.deepEqual([world.hall(), world.reacting()], [EMPTY, ['empty_frame']]);
  assert.match(world.said.join(), /terminal beside the laser/);
});

test('completing the objective shows the picture', () => {
  const world = worldOf(false);
  onEvent({ name: 'mapDidLoad' }, world);
  onEvent({ name: 'objectiveCompleted', objective: 'whatsapp_media' }, world);

  assert.deepEqual([world.hall(), world.reacting()], [FILLED, ['new_picture']]);
  assert.match(world.said.pop(), /new picture/);
  assert.equal(world.quests[0].pop(), true);
});

test('after a completed objective the picture is shown, without a notification', () => {
  const world = worldOf(true);
  onEvent({ name: 'mapDidLoad' }, world);

  assert.deepEqual([world.hall(), world.said], [FILLED, []]);
});

for (const event of [
  { name: 'levelWillUnload' },
  { name: 'objectiveFailed', objective: 'whatsapp_media' },
  { name: 'objectiveCompleted', objective: 'another' },
]) {
  test(`nothing happens on ${JSON.stringify(event)}`, () => {
    const world = worldOf(false);
    onEvent(event, world);

    assert.deepEqual([world.said, world.quests], [[], []]);
  });
}
