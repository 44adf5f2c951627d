"""Computes logarithm, exponential and normal quantile of arrays from + - × ÷ √ and exact scaling alone.

Libraries' own differ in the last bit from build to build; these are equal bit for bit on every IEEE machine, so that the same
recipe and seed give the same bytes.
"""

from __future__ import annotations

import numpy as np

from procsim.maths.arrays import Floats

_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10  # ln 2 in two parts (as in fdlibm)


def log(x: Floats) -> Floats:
    """Natural logarithm of positive *x*, within 2 ulp: 2·atanh((m-1)/(m+1)) after scaling m to [√½, √2)."""
    m, e = np.frexp(x)
    low = m < 0.7071067811865476
    m = np.where(low, 2.0 * m, m)
    e = np.where(low, e - 1, e).astype(np.float64)
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    series = np.zeros_like(s)
    for k in range(21, 1, -2):
        series *= z
        series += 1.0 / k
    return np.asarray(e * _LN2_HIGH + (2.0 * s + (2.0 * s * z * series + e * _LN2_LOW)))


def exp(x: Floats) -> Floats:
    """e^*x*, within 2 ulp: Taylor series after taking out the nearest multiple of ln 2."""
    k = np.rint(x / 0.6931471805599453)
    r = (x - k * _LN2_HIGH) - k * _LN2_LOW
    total = np.ones_like(r)
    for n in range(14, 0, -1):
        total *= r
        total /= n
        total += 1.0
    return np.asarray(np.ldexp(total, k.astype(np.int32)))


def _ratio(r: Floats, top: tuple[float, ...], bottom: tuple[float, ...]) -> Floats:
    return _polynomial(top, r) / _polynomial(bottom, r)


def _polynomial(coefficients: tuple[float, ...], x: Floats) -> Floats:
    """Horner's rule, highest power first."""
    total = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        total *= x
        total += coefficient
    return total


def normal_quantile(u: Floats) -> Floats:
    """Standard normal quantile, algorithm AS 241 (Wichura, Applied Statistics 37, 1988), relative error 1e-16."""
    q = u - 0.5
    out = np.asarray(q * _ratio(0.180625 - q * q, _A, _B))  # in the tails too, where it is overwritten: faster than picking the centre out
    tail = np.abs(q) > 0.425
    if tail.any():
        r = np.sqrt(-log(np.minimum(u[tail], 1.0 - u[tail])))
        far = _ratio(r - 1.6, _C, _D)
        if (r > 5.0).any():
            far = np.where(r <= 5.0, far, _ratio(r - 5.0, _E, _F))
        out[tail] = np.where(q[tail] < 0, -far, far)
    return out


_A = (2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
      13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608)
_B = (5226.495278852545925, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
      5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1.0)
_C = (7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
      3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734)
_D = (1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
      0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1.0)
_E = (2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093,
      0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772)
_F = (2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
      0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1.0)
