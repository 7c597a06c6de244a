"""Print every sentence that a player or a caller can read."""

import logging

from tests.sentences import hints, problems
from tests.sentences.texts import of_a_try, of_hack, of_the_game, of_the_page

logging.disable()

for title, sentences in (("Verdicts", hints()), ("Problems", problems())):
    print(f"\n# {title}\n")
    for case, sentence in sentences:
        print(f"[{case}]\n{sentence}\n")
for title, lines in (
    ("The page", of_the_page()),
    ("HACK in the game, where there is no verdict", of_hack()),
    ("The game", of_the_game()),
    ("A try on one's own machine", of_a_try()),
):
    print(f"\n# {title}\n")
    print(*lines, sep="\n\n")
