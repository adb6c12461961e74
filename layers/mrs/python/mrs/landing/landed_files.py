"""The bytes of an execution's landing files: fetched side by side, some at a time, and let go again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mrs.landing.mapping import FILE as MAPPING
from mrs.store.objects import ObjectStore, StoredObject, in_parallel

BYTES_AT_ONCE = 256 * 2**20


def landed_objects(bucket: ObjectStore, prefix: str) -> dict[str, StoredObject]:
    """Return the landing bucket's objects below a prefix, by the names that they have there."""
    return {stored.key.removeprefix(prefix).lstrip("/"): stored for stored in bucket.find(prefix)}


class LandedFiles(Mapping[str, bytes]):
    """Landing files by name; reading them in the order of their names fetches each once.

    Parameters
    ----------
    bucket
        The landing bucket.
    found
        Its objects by the name below the landing prefix.
    """

    def __init__(self, bucket: ObjectStore, found: Mapping[str, StoredObject]) -> None:
        self._bucket, self._found = bucket, found
        self._names, self._held = sorted(found), dict[str, bytes]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __getitem__(self, name: str) -> bytes:
        if name not in self._held:
            self._held.clear()
            names = self._from(name)
            bodies = in_parallel(lambda n: self._bucket.get(self._found[n].key), names)
            self._held = dict(zip(names, bodies, strict=True))
        return self._held.pop(name)

    def _from(self, name: str) -> list[str]:
        """Return the name and those after it that are fetched along with it."""
        chosen, size = [name], self._found[name].size
        if name == MAPPING:  # the files may not be needed
            return chosen
        for following in self._names[self._names.index(name) + 1 :]:
            size += self._found[following].size
            if size > BYTES_AT_ONCE:
                break
            chosen.append(following)
        return chosen
