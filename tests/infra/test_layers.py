"""How a layer is built, with a layer that needs nothing to be fetched."""

import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from infra import layers

CORE = layers.LAYERS["core"]
HERE = layers.Target("here", (), None, zipfile.ZIP_STORED)
BUILDERS = 4


def test_several_who_build_the_same_layer_at_once_get_the_same_whole_zip(tmp_path: Path) -> None:
    with ThreadPoolExecutor(BUILDERS) as builders:
        built = set(builders.map(lambda _: layers.build(CORE, HERE, tmp_path), range(BUILDERS)))
    (path,) = built
    assert list(tmp_path.iterdir()) == [path]
    assert zipfile.ZipFile(path).testzip() is None


def test_what_is_built_stays_until_something_in_it_changes(tmp_path: Path) -> None:
    first = layers.build(CORE, HERE, tmp_path)
    built_at = first.stat().st_mtime_ns
    assert layers.build(CORE, HERE, tmp_path).stat().st_mtime_ns == built_at
    assert layers.build(CORE, HERE._replace(compression=zipfile.ZIP_DEFLATED), tmp_path) != first
