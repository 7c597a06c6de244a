"""Print every sentence that a player or a caller can read."""

import logging

from tests.sentences import hints, problems
from tests.sentences.texts import of_a_try, of_the_game, of_the_page

logging.disable()

for title, sentences in (
    ("Verdicts", (f"[{case}]\n{sentence}" for case, sentence in hints())),
    ("Problems", (f"[{case}]\n{sentence}" for case, sentence in problems())),
    ("The page", of_the_page()),
    ("The game", of_the_game()),
    ("A try on one's own machine", of_a_try()),
):
    print(f"\n# {title}\n")
    print(*sentences, sep="\n\n")
