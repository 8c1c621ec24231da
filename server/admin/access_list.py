"""From which addresses clients may reach an app, as administrators edit it (contract 11)."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_network

from server.admin.documents import SECURITY, AppDocuments
from server.admin.objects.storage import JsonObject, read_json
from server.admin.workspace import Change
from server.apps.addresses import is_within
from server.apps.ids import derived_id
from server.apps.source import Tree
from server.apps.strict_json import dump
from server.errors import AppError, ErrorCode

FIELD = "access_list"
EVERYWHERE = {"address": "0.0.0.0/0", "comment": "Allow Access from Anywhere"}
"""What an app has that has no list."""
LONGEST_COMMENT, MOST_ENTRIES = 256, 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessList:
    """The access list of one app; `current` is the administrator's own address."""

    app_id: str
    documents: AppDocuments
    current: str

    async def entries(self) -> list[JsonObject]:
        """All entries."""
        tree = await self.documents.workspace.tree(self.app_id)
        return [self._shown(entry) for entry in _entries(tree)]

    async def add(self, address: str, comment: str) -> JsonObject:
        """Let in whoever comes from an address or a network. Raises AppError."""
        entry = _entry(address, comment)

        def change(tree: Tree) -> Tree:
            entries = _entries(tree)
            if any(one["address"] == entry["address"] for one in entries):
                raise AppError(ErrorCode.ALLOWED_IP_ALREADY_EXISTS, f"'{entry['address']}' is in the access list")
            if len(entries) >= MOST_ENTRIES:
                raise AppError(ErrorCode.BAD_REQUEST, f"an access list has at most {MOST_ENTRIES} entries")
            return _with(tree, [*entries, entry])

        await self._edit(change)
        return self._shown(entry)

    async def replace(self, id_: str, address: str, comment: str) -> None:
        """Another address or comment; what is empty stays. Raises AppError."""

        def change(tree: Tree) -> Tree:
            entries, index = self._find(tree, id_)
            new = _entry(address or str(entries[index]["address"]), comment or str(entries[index].get("comment", "")))
            if any(one["address"] == new["address"] for one in entries if one is not entries[index]):
                raise AppError(ErrorCode.ALLOWED_IP_ALREADY_EXISTS, f"'{new['address']}' is in the access list")
            return _with(tree, [*entries[:index], new, *entries[index + 1 :]])

        await self._edit(change)

    async def delete(self, id_: str) -> None:
        """Take an entry away; without any nobody is let in. Raises AppError AllowedIPNotFound."""

        def change(tree: Tree) -> Tree:
            entries, index = self._find(tree, id_)
            return _with(tree, [*entries[:index], *entries[index + 1 :]])

        await self._edit(change)

    async def _edit(self, change: Change) -> None:
        await self.documents.workspace.edit(self.app_id, self.documents.administrator, change)

    def _find(self, tree: Tree, id_: str) -> tuple[list[JsonObject], int]:
        entries = _entries(tree)
        for index, entry in enumerate(entries):
            if self._id(entry) == id_:
                return entries, index
        raise AppError(ErrorCode.ALLOWED_IP_NOT_FOUND, f"the access list has no entry '{id_[:64]}'")

    def _id(self, entry: JsonObject) -> str:
        return derived_id(self.app_id, FIELD, str(entry.get("address")))

    def _shown(self, entry: JsonObject) -> JsonObject:
        return {
            "_id": self._id(entry),
            "address": entry["address"],
            "comment": entry.get("comment", ""),
            "includes_current": is_within(self.current, [ip_network(str(entry["address"]), strict=False)]),
        }


def _entries(tree: Tree) -> list[JsonObject]:
    file = read_json(tree, SECURITY)
    entries = file.get(FIELD) if isinstance(file, dict) else None
    if not isinstance(entries, list):
        return [dict(EVERYWHERE)]
    return [_checked(entry) for entry in entries]


def _checked(entry: object) -> JsonObject:
    """An entry of the file, which in a draft may hold anything. Raises AppError."""
    if not isinstance(entry, dict) or not _is_network(entry.get("address")):
        raise AppError(ErrorCode.BAD_REQUEST, f"{SECURITY}: an entry of '{FIELD}' has no IP address or network (CIDR)")
    return entry


def _is_network(address: object) -> bool:
    try:
        ip_network(address if isinstance(address, str) else "", strict=False)
    except ValueError:
        return False
    return True


def _with(tree: Tree, entries: list[JsonObject]) -> Tree:
    file = read_json(tree, SECURITY)
    return {**tree, SECURITY: dump({**(file if isinstance(file, dict) else {}), FIELD: entries})}


def _entry(address: str, comment: str) -> JsonObject:
    if not _is_network(address):
        raise AppError(ErrorCode.INVALID_PARAMETER, "'address' must be an IP address or a network (CIDR)")
    return {"address": address, "comment": comment[:LONGEST_COMMENT]}
