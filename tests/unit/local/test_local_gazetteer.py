"""Is the gazetteer that ships the one its recipe makes?"""

from pathlib import Path
from shutil import copy

from preceptor_local import gazetteer
from preceptor_local.paths import ROOT


def test_shipped_gazetteer_is_of_the_recipe_beside_it() -> None:
    assert gazetteer.is_current()


def test_gazetteer_of_another_recipe_is_stale(tmp_path: Path) -> None:
    for part in (*gazetteer._PARTS, gazetteer.NOTE):
        (tmp_path / part).parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / part, tmp_path / part)
    assert gazetteer.is_current(tmp_path)
    recipe = tmp_path / gazetteer.RECIPE / "requirements.txt"
    recipe.write_text(recipe.read_text().replace("names==0.3.0", "names==0.3.1"))
    assert not gazetteer.is_current(tmp_path)
