"""The seccomp filter, judged by a small interpreter of its instructions, also for the machine this is not."""

from __future__ import annotations

import struct

import pytest

from runtime.confinement import COMPILER_RULES, WORKER_RULES
from runtime.seccomp import ARCHITECTURES, NUMBERS, Rules, program

X86, ARM = ARCHITECTURES["x86_64"], ARCHITECTURES["aarch64"]
ALLOW, KILL, EPERM, ENOSYS = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026


def judge(code: bytes, architecture: int, number: int, *arguments: int) -> int:
    """What the kernel would do with this call (linux/filter.h: loads, AND, jumps, return)."""
    call = struct.pack("=iIQ6Q", number, architecture, 0, *(arguments + (0,) * 6)[:6])
    instructions = list(struct.iter_unpack("=HBBI", code))
    accumulator = position = 0
    while True:
        operation, jump_true, jump_false, operand = instructions[position]
        position += 1
        match operation:
            case 0x20:
                (accumulator,) = struct.unpack_from("=I", call, operand)
            case 0x54:
                accumulator &= operand
            case 0x15:
                position += jump_true if accumulator == operand else jump_false
            case 0x35:
                position += jump_true if accumulator >= operand else jump_false
            case 0x06:
                return int(operand)
            case _:
                raise AssertionError(operation)


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize("rules", [WORKER_RULES, COMPILER_RULES], ids=["worker", "compiler"])
def test_only_what_the_table_names_is_allowed(machine: str, rules: Rules) -> None:
    """Of all call numbers those of the table pass, at once or on conditions; every other is refused."""
    architecture = ARCHITECTURES[machine]
    code = program(architecture, rules)
    named = {NUMBERS[name][architecture.column] for name in rules}
    free = {NUMBERS[name][architecture.column] for name, conditions in rules.items() if not conditions}
    verdicts = {number: judge(code, architecture.audit, number) for number in range(1000)}
    assert {verdicts[number] for number in free if number is not None} == {ALLOW}
    assert {verdicts[number] for number in verdicts.keys() - named - {435}} == {EPERM}
    assert verdicts[435] == ENOSYS


def test_a_foreign_calling_convention_ends_the_process() -> None:
    """Another architecture's numbers, and those of x32, would mean other calls."""
    code = program(X86, WORKER_RULES)
    assert judge(code, ARM.audit, 63) == KILL
    assert judge(code, 0x40000003, 3) == KILL
    assert judge(code, X86.audit, 0x40000000) == KILL


@pytest.mark.parametrize(("flags", "verdict"), [(0o2000000, ALLOW), (0o1, EPERM), (0o2, EPERM), (0o100, EPERM)])
def test_files_are_opened_for_reading_only(flags: int, verdict: int) -> None:
    """Without Landlock this is what keeps a worker from writing."""
    assert judge(program(X86, WORKER_RULES), X86.audit, 257, 0, 0, flags) == verdict


@pytest.mark.parametrize(("address", "verdict"), [(0, ALLOW), (1, EPERM), (1 << 32, EPERM)])
def test_messages_go_to_the_peer_only(address: int, verdict: int) -> None:
    """A message with an address could reach another socket; both halves of the pointer count."""
    assert judge(program(X86, WORKER_RULES), X86.audit, 44, 7, 0, 1, 0, address, 0) == verdict


def test_the_compiler_starts_threads_but_no_process() -> None:
    """`clone` passes with CLONE_THREAD only."""
    code = program(X86, COMPILER_RULES)
    assert judge(code, X86.audit, 56, 0x3D0F00) == ALLOW
    assert judge(code, X86.audit, 56, 0x1200011) == EPERM
