"""`yuliao mine-domain CONFIG`: a round of looking for a domain in pages, and the list of places that people decide."""

from jobs.options import Overrides, repeated
from jobs.run import Config, Parameters
from jobs.show.console import console as new_console
from jobs.show.console import shown
from pipeline.config import load_as
from pipeline.mining.rounds import mine
from pipeline.mining.settings import Mining
from pipeline.overrides import overrides_of


def command(config: Config, parameter: Parameters = None, assign: Overrides = None) -> None:
    """Find hosts of a domain in a crawl: train, classify, list hosts to accept, and train again on what was decided."""
    settings = load_as(Mining, str(config), parameter or (), overrides_of(assign or ()))
    done = mine(settings, repeated("mine-domain", config, parameter, assign))
    console = new_console()
    console.print(f"round {done.number}: {done.found} of {done.pages} pages belong to {settings.head}", soft_wrap=True)
    console.print(f"{done.in_accepted} of these in accepted places; {len(done.new)} new places", soft_wrap=True)
    for place in done.new:
        console.print(f"  {shown(place.place)}: {place.found} of {place.pages} pages", soft_wrap=True)
    if done.little:
        console.print("few new places: mining is finished", soft_wrap=True)
    elif done.waiting:
        console.print(f"{done.waiting} places to decide on: {shown(str(done.hosts))}", soft_wrap=True)
    console.print(f"models and card: {shown(str(done.folder / 'models'))}", soft_wrap=True)
