"""Amounts of money: exact, of one currency, and rounded in one place."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Final, Self

from iso4217 import Currency

UNKNOWN_EXPONENT: Final = 2
"""Decimals of a code that ISO 4217 gives none (gold, test codes) or no longer knows."""


class CurrenciesDiffer(ValueError):
    """Amounts of two currencies were to be added or compared."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(f"{one} and {other} are not the same money.")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount and its currency (ISO 4217). It never mixes with another currency: CurrenciesDiffer."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal) or not self.amount.is_finite():
            raise ValueError("An amount is a finite Decimal.")

    @classmethod
    def nothing(cls, currency: str) -> Self:
        """No money at all."""
        return cls(Decimal(0), currency)

    @classmethod
    def total(cls, amounts: Iterable["Money"], currency: str) -> "Money":
        """The sum of amounts, each of `currency`; raises CurrenciesDiffer."""
        return sum(amounts, cls.nothing(currency))

    def __add__(self, other: "Money") -> "Money":
        return replace(self, amount=self.amount + self._same(other))

    def __sub__(self, other: "Money") -> "Money":
        return replace(self, amount=self.amount - self._same(other))

    def __neg__(self) -> "Money":
        return replace(self, amount=-self.amount)

    def __mul__(self, factor: Decimal | int) -> "Money":
        return replace(self, amount=self.amount * factor)

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.amount <= self._same(other)

    def __bool__(self) -> bool:
        return bool(self.amount)

    def rounded(self) -> "Money":
        """Rounded half up to the currency's minor unit."""
        return replace(self, amount=self.amount.quantize(minor_unit(self.currency), rounding=ROUND_HALF_UP))

    def _same(self, other: "Money") -> Decimal:
        if other.currency != self.currency:
            raise CurrenciesDiffer(self.currency, other.currency)
        return other.amount


@lru_cache(maxsize=1)
def known_currencies() -> frozenset[str]:
    """Every currency that people pay with (ISO 4217): metals and test codes have no minor unit and are left out."""
    return frozenset(currency.code for currency in Currency if currency.exponent is not None)


@lru_cache(maxsize=256)
def minor_unit(currency: str) -> Decimal:
    """The smallest amount of `currency` (ISO 4217), such as 0.01 for EUR, 1 for JPY and 0.001 for KWD."""
    known = currency in known_currencies()
    exponent = Currency(currency).exponent if known else UNKNOWN_EXPONENT
    return Decimal(1).scaleb(-(exponent or 0))
