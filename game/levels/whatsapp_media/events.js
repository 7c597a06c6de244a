'use strict';

// The event handler of the level. The game itself opens the laser and the chest when the objective
// is completed; this handler shows the picture in the empty frame.

const OBJECTIVE = 'whatsapp_media';
const QUEST = 'VR Training: WhatsApp Media';

const WELCOME =
  'One frame in this gallery is still empty. <span class="highlight">Hack the terminal beside ' +
  'the laser</span> to fill it, or ask Cedric what to send.';
const THANKS =
  'The laser is off, and there is a new picture on the wall. <span class="highlight">Walk in and ' +
  'have a look!</span>';

function showHall(world, completed) {
  const [shown, hidden] = completed
    ? ['new_picture', 'empty_frame']
    : ['empty_frame', 'new_picture'];
  world.showEntities(shown);
  world.hideEntities(hidden);
  // A hidden object still reacts to the space bar unless its interaction is disabled.
  world.forEachEntities(shown, (entity) => { entity.interactionDisabled = false; });
  world.forEachEntities(hidden, (entity) => { entity.interactionDisabled = true; });
}

module.exports = function onEvent(event, world) {
  if (event.name === 'mapDidLoad') {
    const completed = world.isObjectiveCompleted(OBJECTIVE);
    showHall(world, completed);
    if (!completed) {
      world.showNotification(WELCOME);
    }
  }
  if (event.name === 'objectiveCompleted' && event.objective === OBJECTIVE) {
    showHall(world, true);
    world.showNotification(THANKS);
    world.updateQuestStatus('whatsapp_media', QUEST, 'The gallery is complete. Well done!', true);
  }
};
