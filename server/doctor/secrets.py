"""The secrets that an app asks for: whoever reads it is watched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


class WatchedSecrets(Mapping[str, str]):
    """Secrets by name, and which names were asked for. Texts never leave it but to whom asks."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self._given = given
        self._inline: Mapping[str, str] = {}
        self.asked: set[str] = set()

    def beside(self, inline: Mapping[str, str]) -> WatchedSecrets:
        """These secrets, and those whose texts are in the folder itself; the former win."""
        self._inline = inline
        return self

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return self._given[name] if name in self._given else self._inline[name]

    def __contains__(self, name: object) -> bool:
        if isinstance(name, str):
            self.asked.add(name)
        return name in self._given or name in self._inline

    def __iter__(self) -> Iterator[str]:
        return iter({**self._inline, **self._given})

    def __len__(self) -> int:
        return len({**self._inline, **self._given})

    @property
    def missing(self) -> set[str]:
        """Names that were asked for in vain."""
        return self.asked - self._given.keys() - self._inline.keys()

    @property
    def unused(self) -> set[str]:
        """Names that nobody asked for."""
        return self._given.keys() - self.asked
