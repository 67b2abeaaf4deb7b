"""A node's pool of addresses as the VPC CNI's daemon keeps it: grown before pods need it.

The rules are those of ipamd 1.23
(https://github.com/aws/amazon-vpc-cni-k8s/blob/master/pkg/ipamd/ipamd.go): an existing interface is
filled before a new one is made; the pool does not grow past the node's ``maxPods``; free blocks
above the IP or prefix targets go back; an interface without pods goes when the targets hold without
it. Left out: the 30 s for which a released address cools down, and EC2's answers that fail. Pods
take the first free address in the order in which interfaces came and leave newest first; ipamd
itself keeps no order.
"""

from dataclasses import dataclass, field
from typing import Final

from planning.instance_types import InstanceType

from .limits import (
    PREFIX_ADDRESSES,
    CniMode,
    max_pods,
    pod_interfaces,
    slots_per_interface,
    uses_prefixes,
)
from .targets import WarmTargets

# Far more steps than a pool has blocks: two rules that undo each other must not go on forever.
_MOST_STEPS: Final = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeAddresses:
    """What a node holds.

    :param enis: network interfaces, the first one included.
    :param addresses: addresses for pods, free or not.
    :param prefixes: /28 prefixes that those addresses are in.
    :param unused: addresses that no pod has.
    :param per_eni: addresses for pods by interface, the first one first.
    :param pods_without_address: pods that wait, because the node can hold no more addresses.
    :param node_subnet_addresses: what it takes of the node's subnet.
    :param pod_subnet_addresses: what it takes of the pods' subnet; 0 without custom networking.
    """

    enis: int
    addresses: int
    prefixes: int
    unused: int
    per_eni: tuple[int, ...]
    pods_without_address: int
    node_subnet_addresses: int
    pod_subnet_addresses: int

    @property
    def subnet_addresses(self) -> int:
        """What it takes of subnets in all."""
        return self.node_subnet_addresses + self.pod_subnet_addresses


@dataclass(slots=True)
class _Interface:
    """Pods by block; a block is one address, or a prefix of sixteen."""

    is_first: bool = False
    blocks: list[int] = field(default_factory=list[int])

    @property
    def pods(self) -> int:
        return sum(self.blocks)

    @property
    def free_blocks(self) -> int:
        return self.blocks.count(0)


class WarmPool:
    """The pool of one node, which follows its pods as they come and go.

    :param pod_limit: the node's ``maxPods``; absent: that of its instance type.
    """

    def __init__(
        self, kind: InstanceType, mode: CniMode, targets: WarmTargets, pod_limit: int | None = None
    ) -> None:
        self._prefixes = uses_prefixes(kind, mode)
        self._size = PREFIX_ADDRESSES if self._prefixes else 1
        self._slots = slots_per_interface(kind)
        self._most_interfaces = pod_interfaces(kind, mode)
        self._custom = mode.custom_networking
        self._targets = targets
        self._pod_limit = max_pods(kind, mode) if pod_limit is None else pod_limit
        # Of the interfaces that carry pods: with custom networking the first one of the node is not
        # among them.
        self._interfaces = [] if self._custom else [_Interface(is_first=True)]
        self._waiting = 0
        self._settle()

    def run(self, pods: int) -> None:
        """Starts or ends pods, one at a time, until so many of them want an address.

        :raises ValueError: for a negative number.
        """
        if pods < 0:
            raise ValueError(f"pods: must be at least 0, got {pods}")
        while self._assigned + self._waiting < pods:
            self._start_pod()
            self._settle()
        while self._assigned + self._waiting > pods:
            self._end_pod()
            self._settle()

    def held(self) -> NodeAddresses:
        """Returns what the node holds now."""
        blocks = [len(interface.blocks) for interface in self._interfaces]
        addresses = sum(blocks) * self._size
        taken = len(self._interfaces) + addresses
        first = (0,) if self._custom else ()
        return NodeAddresses(
            enis=len(first) + len(blocks),
            addresses=addresses,
            prefixes=sum(blocks) if self._prefixes else 0,
            unused=addresses - self._assigned,
            per_eni=(*first, *(count * self._size for count in blocks)),
            pods_without_address=self._waiting,
            node_subnet_addresses=1 if self._custom else taken,
            pod_subnet_addresses=taken if self._custom else 0,
        )

    @property
    def _total(self) -> int:
        return sum(len(interface.blocks) for interface in self._interfaces) * self._size

    @property
    def _assigned(self) -> int:
        return sum(interface.pods for interface in self._interfaces)

    @property
    def _free(self) -> int:
        return self._total - self._assigned

    @property
    def _free_blocks(self) -> int:
        return sum(interface.free_blocks for interface in self._interfaces)

    def _start_pod(self) -> None:
        for interface in self._interfaces:
            for index, pods in enumerate(interface.blocks):
                if pods < self._size:
                    interface.blocks[index] += 1
                    return
        self._waiting += 1

    def _end_pod(self) -> None:
        if self._waiting:
            self._waiting -= 1
            return
        for interface in reversed(self._interfaces):
            for index in reversed(range(len(interface.blocks))):
                if interface.blocks[index]:
                    interface.blocks[index] -= 1
                    return

    def _settle(self) -> None:
        for _ in range(_MOST_STEPS):
            if self._is_short(self._total) and self._grow():
                while self._waiting and self._free:
                    self._waiting -= 1
                    self._start_pod()
            elif not self._release_blocks() and not self._release_interface():
                return
        raise RuntimeError("the pool does not settle")

    def _missing_blocks(self, total: int) -> int:
        """Returns how many blocks the IP targets lack with so many addresses."""
        targets = self._targets
        free = total - self._assigned
        return _blocks_for(max(targets.warm - free, targets.minimum - total, 0), self._size)

    def _is_short(self, total: int) -> bool:
        """Returns whether the pool would grow if it had so many addresses."""
        if total >= self._pod_limit:
            return False
        if self._targets.count_addresses:
            return self._missing_blocks(total) > 0
        if self._prefixes:
            wanted = self._size * self._targets.warm_prefixes
        else:
            wanted = self._slots * self._targets.warm_enis
        free = total - self._assigned
        return free < wanted or (wanted == 0 and free == 0)

    def _grow(self) -> bool:
        """Asks EC2 for more once; returns whether there was room for it."""
        if self._targets.count_addresses:
            asked = self._missing_blocks(self._total)
        elif self._prefixes:
            asked = max(1, self._targets.warm_prefixes - self._free_blocks)
        else:
            asked = self._slots
        found = next((i for i in self._interfaces if len(i.blocks) < self._slots), None)
        if found is None:
            if len(self._interfaces) >= self._most_interfaces:
                return False
            found = _Interface()
            self._interfaces.append(found)
        found.blocks += [0] * min(asked, self._slots - len(found.blocks))
        return True

    def _surplus_blocks(self) -> int:
        """Returns how many free blocks are above the targets."""
        targets = self._targets
        if targets.count_addresses:
            needed = max(
                _blocks_for(self._assigned + targets.warm, self._size),
                _blocks_for(targets.minimum, self._size),
            )
            return max(min(self._free_blocks, self._total // self._size - needed), 0)
        if self._prefixes:
            return max(self._free_blocks - targets.warm_prefixes, 0)
        return 0

    def _release_blocks(self) -> bool:
        """Gives free blocks above the targets back; returns whether there were any."""
        surplus = self._surplus_blocks()
        left = surplus
        for interface in reversed(self._interfaces):
            released = min(left, interface.free_blocks)
            for _ in range(released):
                interface.blocks.remove(0)
            left -= released
        return surplus > 0

    def _release_interface(self) -> bool:
        """Gives an interface without pods back; returns whether there was one to spare."""
        if not self._targets.count_addresses:
            warm = self._targets.warm_prefixes if self._prefixes else self._targets.warm_enis
            if self._free < (warm + 1) * self._slots * self._size:
                return False
        for interface in reversed(self._interfaces):
            if not interface.is_first and not interface.pods and not self._needs(interface):
                self._interfaces.remove(interface)
                return True
        return False

    def _needs(self, interface: _Interface) -> bool:
        """Returns whether the targets do not hold without an interface's blocks."""
        blocks, targets = len(interface.blocks), self._targets
        total = self._total - blocks * self._size
        if self._is_short(total):
            return True
        if targets.count_addresses:
            warm = _blocks_for(targets.warm, self._size) * self._size
            minimum = _blocks_for(targets.minimum, self._size) * self._size
            return self._free - blocks * self._size < warm or total < minimum
        return self._prefixes and self._free_blocks - blocks < targets.warm_prefixes


def _blocks_for(addresses: int, size: int) -> int:
    return -(-addresses // size)
