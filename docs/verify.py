#!/usr/bin/env python3
"""A second verifier of Assay bundles, naive on purpose, written from docs/bundle.md alone; [n] is a section of that page.

    python3 docs/verify.py FILE...      a line of JSON for each; exit code: 0 all valid, 1 not, 2 no verdict

It needs Python 3.9 or later and no library. It holds the whole file in memory, hashes some ten thousand shares a second, and
finds every fault; of what the verdict derives it leaves out all but the bill, the host's promise, the proven blocks and the best share.
"""
import hashlib, json, math, pathlib, struct, sys
from types import SimpleNamespace

MAIN, TEST = 0, 1  # networks
EASIEST_NBITS = [0x1D00FFFF, 0x1D00FFFF, 0x207FFFFF]  # by network

sha256 = lambda data: hashlib.sha256(data).digest()
sha256d = lambda data: sha256(sha256(data))
number_of = lambda data: int.from_bytes(data, "little")
work = lambda target: min(2**256 // (target + 1), 2**128 - 1)

class Fault(Exception):
    """Ends the reading, but within `Verifier.holds`; the argument is the code."""

def need(right, code="bad_frame"):
    if not right:
        raise Fault(code)

# Bytes and fields [1]

class Bytes:  # read from the front
    def __init__(self, data, last_time=0, pool_target=None):
        self.data, self.at, self.last_time, self.pool_target = data, 0, last_time, pool_target

    def take(self, length):
        self.at += length
        need(self.at <= len(self.data))
        return self.data[self.at - length : self.at]

    def u8(self):
        return self.take(1)[0]

    def varint(self):
        value = shift = 0
        while True:
            byte = self.u8()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                need(byte > 0 or shift == 7)
                return value

    def compact_size(self):
        first = self.u8()
        if first < 0xFD:
            return first
        width, least = {0xFD: (2, 0xFD), 0xFE: (4, 2**16), 0xFF: (8, 2**32)}[first]
        value = number_of(self.take(width))
        need(value >= least)
        return value

def to_varint(value):
    return (bytes([value & 0x7F | 0x80]) + to_varint(value >> 7)) if value > 0x7F else bytes([value])

def ranged(value, least, most, code="bad_frame"):
    need(least <= value <= most, code)
    return value

# A field's type is a function that reads it.
within = lambda least, most, read, *code: lambda data: ranged(read(data), least, most, *code)
raw = lambda length: lambda data: data.take(length)

sized = lambda most: lambda data: data.take(ranged(u32(data), 0, most, "limit_exceeded"))

def spelled(value, letters, least):
    need(len(value) >= least and set(value) <= set(letters))
    return value

text = lambda most, letters=bytes(range(0x20, 0x7F)), least=0: lambda data: spelled(sized(most)(data), letters, least)
branch = lambda data: [data.take(32) for _ in range(ranged(u32(data), 0, 32, "limit_exceeded"))]
REASONS = "budget_spent", "by_buyer", "by_host", "term_over", "proof_full"
reason = lambda data: REASONS[ranged(u8(data), 0, 4)]
payer = lambda data: ("buyer", "host", "operator")[ranged(u8(data), 0, 2)]
backups = lambda data: [(text(260)(data), text(128)(data)) for _ in range(ranged(u8(data), 0, 3, "limit_exceeded"))]

def product(data):
    term = SimpleNamespace(days=ranged(u16(data), 0, 3_650), bond=u64(data))
    need(term.days or not term.bond)
    return term

def pool_target(data):
    written = sized(32)(data)
    value = int.from_bytes(written.ljust(32, b"\0"), "big") if written else data.pool_target
    need(value and written[-1:] != b"\0" and (not written or value != data.pool_target))
    return value

def refusal(data):
    if data.at == len(data.data):
        return None
    value = u32(data) if ranged(u8(data), 0, 1) else None
    code = None if value is None else (value >> 1) ^ -(value & 1)
    return code, text(64)(data)

u16, u32, u64, u128 = (within(0, 2**bits - 1, Bytes.varint) for bits in (16, 32, 64, 128))
u8, u32le, time = Bytes.u8, lambda data: number_of(data.take(4)), u64
delta = within(0, 2**64 - 1, lambda data: data.last_time + u64(data))
target = within(1, 2**256 - 1, lambda data: int.from_bytes(data.take(32), "big"))
extranonce2 = lambda data: data.take(ranged(len(data.data) - data.at, 0, 9))
account = text(32, b"abcdefghijklmnopqrstuvwxyz0123456789-_", least=1)
RECORDS = {  # [2]
    1: ("terms", dict(
        contract=u64, buyer=account, host=account, hashrate=u128, price=u64, budget=u64, fee=within(0, 10_000, u16),
        opened_at=time, epoch_length=u64, pool=text(260), pool_user=text(128), backups=backups, network=within(0, 2, u8),
        tolerance=within(0, 1_000_000, u32), confidence=within(1, 999_999, u32), term=product,
        seller_stale=payer, pool_reject=payer, pool_down=payer)),
    2: ("upstream", dict(at=delta, pool=u8, extranonce1=sized(32), extranonce2_size=within(1, 32, u8))),
    3: ("job", dict(
        at=delta, version=u32le, prev_hash=raw(32), nbits=u32le, ntime=u32le, mask=u16, pool_target=pool_target,
        coinbase1=sized(16_384), coinbase2=sized(16_384), branch=branch)),
    4: ("worker", dict(login=text(128), prefix=sized(32))),
    5: ("assignment", dict(worker=u32, jobs_back=u32, target=target)),
    6: ("share", dict(worker=u32, jobs_back=u32, at=delta, zigzag=u32, nonce=u32le, bits=u16, extranonce2=extranonce2)),
    7: ("epoch", dict(
        index=u32, start=time, end=time, shares=u64, shares_total=u64, work_total=u128, owed_total=u64, merkle_root=raw(32),
        records_hash=raw(32), previous=raw(32))),
    8: ("end", dict(at=time, shares_total=u64, hash=raw(32))),
    9: ("header", dict(bytes=raw(80))),
    10: ("answer", dict(at=delta, shares_back=u64, refusal=refusal)),
    11: ("ending", dict(reason=reason, excused=u64, to_buyer=u64)),
}

def decode(layout, payload, last_time, pool_target):
    data = Bytes(payload, last_time, pool_target)
    record = SimpleNamespace(payload=payload, **{name: read(data) for name, read in layout.items()})
    need(data.at == len(payload))
    return record

# What jobs and headers say of the chain [3.1]

def nbits_target(nbits):
    exponent, mantissa = nbits >> 24, nbits & 0xFFFFFF
    value = mantissa * 256**exponent // 256**3
    return value if mantissa < 0x800000 and 0 < value < 2**256 else None

def target_on(network, nbits):
    value = nbits_target(nbits)
    return value if value and value <= nbits_target(EASIEST_NBITS[network]) else None

def stated_height(coinbase, start, end):
    """The height that a coinbase states whose extranonces are the bytes from start to end; None where it is not readable."""
    tx, placed = Bytes(coinbase), False
    try:
        tx.take(4)
        need(tx.compact_size() == 1 and tx.take(36) == bytes(32) + b"\xff" * 4)
        length = tx.compact_size()
        need(2 <= length <= 100)
        script_at, script = tx.at, tx.take(length)
        placed = script_at <= start and end <= tx.at
        tx.take(4)
        outputs = tx.compact_size()
        need(outputs > 0)
        for _ in range(outputs):
            tx.take(8)
            length = tx.compact_size()
            first, output = tx.at + 1, tx.take(length)
            placed = placed or (output[:1] == b"\x6a" and first <= start and end <= tx.at)
        tx.take(4)
        need(placed and tx.at == len(coinbase))
    except Fault:
        return None
    size = script[0]
    if 0x51 <= size <= 0x60:
        height, height_end = size - 0x50, script_at + 1
    else:
        height, height_end = number_of(script[1 : 1 + size]), script_at + 1 + size
        least = {1: 17, 2: 2**7, 3: 2**15}.get(size)
        if least is None or len(script) <= size or not least <= height < 2 ** (8 * size - 1):
            return None
    return height if not script_at <= start < height_end else None

unknown_block = lambda: SimpleNamespace(header_nbits=None, job_nbits=None, height=None)

def may_follow(network, block, height, nbits):
    if network == TEST:
        return True
    if block.job_nbits not in (None, nbits):
        return False
    if block.header_nbits in (None, nbits):
        return True
    targets = nbits_target(nbits), nbits_target(block.header_nbits)
    if network != MAIN or (height is not None and height % 2_016) or None in targets:
        return False
    easy, hard = sorted(map(work, targets))
    return hard <= 4 * (easy + 1) + easy // 4_096

# The interval of the delivered hashrate [5.1], in fixed point with 60 binary places: the same to the last bit everywhere

ONE, LN_2, HALF_LN_TAU, SQRT_2 = 2**60, 799_144_290_325_165_979, 1_059_463_996_343_540_307, 1_630_477_228_166_597_777
MILLION, MOST = 10**6, 2**128 - 1
signed = lambda negative, value: -value if negative else value
mul = lambda a, b: signed((a < 0) != (b < 0), abs(a) * abs(b) >> 60)

def div(a, b):
    top, bottom = abs(a), abs(b)
    if not bottom:
        return 2**127 - 1
    lost = max(bottom.bit_length() - 67, 0)
    return signed((a < 0) != (b < 0), (top // bottom << 60) + ((top % bottom >> lost) << 60) // (bottom >> lost))

def horner(factors, x, start=0):
    for factor in factors:
        start = mul(start, x) + factor
    return start

def root(x):
    spare = min(127 - x.bit_length(), 60) & ~1
    return math.isqrt(x << spare) << (60 - spare) // 2

def ln(x):
    top = x.bit_length() - 1
    mantissa, exponent = (x >> top - 60 if top >= 60 else x << 60 - top), top - 60
    if mantissa >= SQRT_2:
        mantissa, exponent = mantissa >> 1, exponent + 1
    z = div(mantissa - ONE, mantissa + ONE)
    return 2 * mul(z, horner([div(1, 2 * i + 1) for i in reversed(range(13))], mul(z, z))) + LN_2 * exponent

def exp(x):
    if not -42 * ONE <= x <= 46 * ONE:
        return 0 if x < 0 else 2**127 - 1
    (doublings, rest), series = divmod(x, LN_2), ONE
    for i in reversed(range(1, 22)):
        series = ONE + mul(rest, series // i)
    return series >> -doublings if doublings < 0 else series << doublings

def ln_gamma(y):
    product = ONE
    while y < 16 * ONE:
        product, y = mul(product, y), y + ONE
    inverse = div(ONE, y)
    series = horner([div(1, bottom) for bottom in (-1_680, 1_260, -360, 12)], mul(inverse, inverse))
    return mul(y - ONE // 2, ln(y)) - y + HALF_LN_TAU + mul(series, inverse) - ln(product)

def gamma_below(shape, x):
    if x <= 0:
        return 0
    total = term = ONE
    factor = shape
    if x < shape or x < 40 * ONE:
        for _ in range(2**20):
            factor += ONE
            term = div(mul(term, x), factor)
            total += term
            if term <= total >> 50 and factor > x:
                break
        return min(exp(mul(shape, ln(x)) - x - ln_gamma(shape + ONE) + ln(total)), ONE)
    for _ in range(2**20):
        factor -= ONE
        term = div(mul(term, factor), x)
        total += term
        if term <= total >> 50 or factor < -x:
            break
    return ONE - min(exp(mul(shape - ONE, ln(x)) - x - ln_gamma(shape) + ln(total)), ONE)

def gamma_quantile(shape, lower):
    if shape >= 32 * ONE:  # Cornish and Fisher
        upper, width = ONE - lower, root(shape)
        half_square = gamma_quantile(ONE // 2, ONE - 2 * min(lower, upper))
        z, rest = signed(lower < upper, root(2 * half_square)), 0
        for factors, bottom in (
            ((12, 0, -243, 0, -923, 0, 1_472), 204_120), ((9, 0, 256, 0, -433, 0), 38_880), ((-3, 0, -7, 0, 16), 810),
            ((1, 0, -7, 0), 36), ((1, 0, -1), 3),
        ):
            rest = div(rest, width) + div(horner([factor * ONE for factor in factors], z), bottom * ONE)
        return shape + mul(z, width) + rest
    low, high, x, scale = 0, 2 * shape + 60 * ONE, shape, ln_gamma(shape)
    for _ in range(64):
        below = gamma_below(shape, x)
        low, high = (x, high) if below < lower else (low, x)
        density = exp(mul(shape - ONE, ln(x)) - x - scale)
        step = x - div(below - lower, density)
        before, x = x, step if density > 0 and low < step < high else low + high >> 1
        if abs(x - before) <= x >> 34:
            break
    return x

def part(a, b, c):  # a * b / c as numbers of 128 bits have it
    c = max(c, 1)
    rest = a % c * b
    rest = rest // c if rest <= MOST else min((a % c >> 64) * b, MOST) // max(c >> 64, 1)
    return min(min(a // c * b, MOST) + rest, MOST)

def most_hashrate(shares, work_sum, scaled, squares, time, confidence, if_none):
    """The upper bound of the exact Poisson interval, in H/s."""
    events = shares * MILLION
    if events and squares < MOST:
        events = max(MILLION, min(events, part(scaled, MILLION << 16, part(squares, 1 << 16, scaled))))
    tail = ONE - div(confidence, MILLION) >> 1
    high = gamma_quantile(div(events, MILLION) + ONE, ONE - tail)
    high = max(mul(high, MILLION * ONE) + ONE // 2 >> 60, events)
    most = part(work_sum, high, events) if events else part(if_none, high, MILLION)
    return min(most * 1_000, MOST) // time if time else 0

def merkle_root(leaf_hashes):  # RFC 6962 [5]
    if len(leaf_hashes) < 2:
        return leaf_hashes[0] if leaf_hashes else sha256(b"")
    k = 1
    while 2 * k < len(leaf_hashes):
        k *= 2
    return sha256(b"\1" + merkle_root(leaf_hashes[:k]) + merkle_root(leaf_hashes[k:]))

class Verifier:
    def __init__(self, data):
        self.data, self.at = data, 0  # all bytes, and where the record that is read begins
        self.record = self.faults_total = 0
        self.faults, self.share_number, self.terms, self.ended = [], None, None, False
        self.last_time, self.ntime, self.pool_target = 0, 0, None
        self.sessions, self.machine_size, self.jobs, self.workers = [], None, [], []
        self.tip, self.replaced, self.seen, self.space_targets = None, set(), set(), {}
        self.live_jobs = self.live_bytes = 0  # under the tip
        self.cuts = {}  # under the tip, of the session: length of coinbase2 by that of both parts
        self.blocks, self.headers = {}, 0
        self.valid = self.invalid = self.work = self.owed_sealed = 0
        self.refused = self.silent = 0  # what such shares stand for [4.2]
        self.best = None  # hash as a number, number of the share
        self.met, self.refusals, self.refusals_left_out = {}, {}, 0  # shares that met their pool's target, by number
        self.delivered, self.assigned, self.heaviest = (0, 0, 0, 0), 0, 0  # shares, their work, it and its square in 2^8
        self.sealed_delivery, self.ending, self.guarantee = ((0, 0, 0, 0), 0, 0), None, None
        self.payable_most, self.ended_sessions = 0, 0  # the second: those that count
        self.leaf_hashes, self.epochs, self.epoch_end, self.head, self.sealed = [], 0, 0, bytes(32), 0

    def fault(self, code):
        self.faults_total += 1
        where = {"offset": self.at, "record": self.record, "share": self.share_number, "epoch": self.epochs}
        self.faults = (self.faults + [{"code": code, **where}])[:100]

    def holds(self, check, *of):
        """Applies a check whose faults do not end the reading, but for two kinds."""
        try:
            check(*of)
        except Fault as why:
            need(why.args[0] not in ("bad_frame", "limit_exceeded"), why.args[0])
            self.fault(why.args[0])

    def payable(self, counted, silent):  # [4.2]
        refused = self.refused if self.terms.pool_reject == "host" else 0
        return max(0, counted - refused - (silent if self.terms.pool_down == "host" else 0))

    def owed(self, work_total):
        return work_total * self.terms.price // (10**15 * 86_400) if self.terms else 0

    def owed_so_far(self):
        return max(self.owed_sealed, self.owed(self.payable(self.work, self.silent))) if self.terms else 0

    def verify(self):
        bytes_read = len(self.data)
        try:
            need(bytes_read >= 8, "truncated")
            need(self.data[:6] == b"ASSAY\0", "bad_magic")
            need(self.data[6:8] == b"\0\1", "unsupported_version")
            self.at = 8
            while not self.ended:
                self.read_record()
                self.record += 1
            need(self.at == bytes_read, "data_after_end")
        except Fault as why:
            self.fault(why.args[0])
            bytes_read = bytes_read if why.args[0] == "truncated" else self.at
        return self.verdict(bytes_read)

    def read_record(self):
        self.share_number = None
        head = self.data[self.at : self.at + 5]
        width = next((n for n, byte in enumerate(head) if n > 0 and byte < 0x80), None)
        need(width or len(head) == 5, "truncated")
        need(width)
        length = Bytes(head[1:]).varint()
        need(length <= 65_536, "limit_exceeded")
        start = self.at + 1 + width
        need(start + length <= len(self.data), "truncated")
        need(head[0] in RECORDS)
        name, layout = RECORDS[head[0]]
        record = decode(layout, self.data[start : start + length], self.last_time, self.pool_target)
        need((name == "terms") == (self.terms is None), "bad_order")
        need(self.ending is None or name == "end", "bad_order")
        read = getattr(self, "read_" + name)
        self.holds(read, record) if name in ("share", "header") else read(record)
        self.at = start + length

    # Records that set the scene [3]: whatever is wrong ends the reading

    def read_terms(self, terms):
        self.terms = terms
        self.last_time = self.epoch_end = terms.opened_at

    def read_upstream(self, session):
        need(session.pool <= len(self.terms.backups), "unknown_pool")
        self.last_time, self.machine_size, self.cuts = session.at, None, {}
        self.ended_sessions += self.sessions != [] and self.is_worked(self.sessions[-1])
        self.ended_sessions += 0 if session.extranonce1 else 64
        session.last_job, session.new_blocks, session.work, session.work_by_last_job = session.at, 0, 0, 0
        self.sessions.append(session)

    def is_worked(self, session):  # [5.1]
        time = session.last_job - session.at
        half = min(session.work_by_last_job * 2_000, MOST) >= min(self.terms.hashrate * time, MOST)
        return time < 300_000 or session.new_blocks * 20_000 > time or half

    def read_job(self, job):
        height = self.job_height(job) if self.sessions else None
        if job.prev_hash not in self.replaced:
            self.holds(self.check_job, job, height)
        need(self.sessions, "bad_order")
        need(len(self.jobs) < 2**32 - 1, "limit_exceeded")
        need(job.prev_hash not in self.replaced, "replaced_block")
        size = len(job.coinbase1) + len(job.coinbase2) + 32 * len(job.branch)
        if job.prev_hash == self.tip:
            need(self.live_jobs < 16_384 and self.live_bytes + size <= 2**26, "limit_exceeded")
        else:
            need(len(self.blocks) < 2**20, "limit_exceeded")
            self.replaced.add(self.tip)
            self.tip, self.live_jobs, self.live_bytes, self.seen, self.space_targets = job.prev_hash, 0, 0, set(), {}
            self.cuts, self.sessions[-1].new_blocks = {}, self.sessions[-1].new_blocks + 1
        self.cuts.setdefault(len(job.coinbase1) + len(job.coinbase2), len(job.coinbase2))
        job.session, session = len(self.sessions) - 1, self.sessions[-1]
        session.last_job, session.work_by_last_job = job.at, session.work
        self.jobs.append(job)
        self.live_jobs, self.live_bytes = self.live_jobs + 1, self.live_bytes + size
        self.last_time, self.ntime, self.pool_target = job.at, job.ntime, job.pool_target
        block = self.blocks.setdefault(job.prev_hash, unknown_block())
        if block.job_nbits is None:
            block.job_nbits = job.nbits
        if block.height is None and height is not None:
            block.height = height - 1

    def read_worker(self, worker):
        need(self.sessions, "bad_order")
        worker.session, session = len(self.sessions) - 1, self.sessions[-1]
        worker.space, worker.size = session.extranonce1 + worker.prefix, session.extranonce2_size - len(worker.prefix)
        need(1 <= worker.size <= 8 and self.machine_size in (None, worker.size))
        need(len(self.workers) < 2**18, "limit_exceeded")
        worker.targets, worker.last_job = [], -1  # (first job, target)s; the last job of its counted shares
        self.machine_size = worker.size
        self.workers.append(worker)

    def read_assignment(self, assignment):
        job = len(self.jobs) - 1 - assignment.jobs_back
        need(assignment.worker < len(self.workers), "unknown_worker")
        need(job >= 0, "unknown_job")
        worker = self.workers[assignment.worker]
        need(job > max([worker.last_job] + [first for first, _ in worker.targets]), "bad_order")
        worker.targets.append((job, assignment.target))
        self.assigned = work(assignment.target)
        self.heaviest = max(self.heaviest, self.assigned)

    # The chain [3.1]

    def job_height(self, job):
        start, session = len(job.coinbase1), self.sessions[-1]
        extranonces = session.extranonce1 + bytes(session.extranonce2_size)
        return stated_height(job.coinbase1 + extranonces + job.coinbase2, start, start + len(extranonces))

    def check_job(self, job, height):
        block, after = self.blocks.get(job.prev_hash, unknown_block()), len(job.coinbase2)
        by_block = None if block.height is None else block.height + 1
        height = by_block if height is None else height
        need(target_on(self.terms.network, job.nbits), "job_nbits")
        need(by_block in (None, height), "job_height")
        need(may_follow(self.terms.network, block, height, job.nbits), "job_nbits")
        known = self.cuts.get(len(job.coinbase1) + after, after) if job.prev_hash == self.tip else after
        need(known == after, "job_cut")

    def read_header(self, header):
        network, hash_ = self.terms.network, sha256d(header.bytes)
        prev_hash, nbits = header.bytes[4:36], number_of(header.bytes[72:76])
        block, parent = self.blocks.get(hash_, unknown_block()), self.blocks.get(prev_hash, unknown_block())
        by_parent = None if parent.height is None else parent.height + 1
        height = by_parent if block.height is None else block.height
        after = None if height is None else height + 1
        need(number_of(hash_) <= (target_on(network, nbits) or -1), "header_work")
        linked = not self.headers or parent.header_nbits is not None
        need(block.header_nbits is None and linked, "header_link")
        need(by_parent in (None, height), "header_height")
        need(may_follow(network, parent, height, nbits), "header_nbits")
        own = SimpleNamespace(header_nbits=nbits, job_nbits=block.job_nbits)
        need(block.job_nbits is None or may_follow(network, own, after, block.job_nbits), "header_nbits")
        need(len(self.blocks) < 2**20 or hash_ in self.blocks, "limit_exceeded")
        block.header_nbits, block.height, self.blocks[hash_] = nbits, height, block
        self.headers += 1

    # Shares [4]

    def read_share(self, share):
        self.share_number, self.last_time = self.valid + self.invalid, share.at
        self.invalid += 1  # unless it counts
        job_number = len(self.jobs) - 1 - share.jobs_back
        need(share.worker < len(self.workers), "unknown_worker")
        need(job_number >= 0, "unknown_job")
        worker, job = self.workers[share.worker], self.jobs[job_number]
        need(job.prev_hash == self.tip, "stale")
        need(job.session == worker.session, "unknown_worker")
        need(len(share.extranonce2) == worker.size)
        targets = [target for first, target in worker.targets if first <= job_number]
        need(targets, "no_target")
        target = targets[-1]
        need(self.space_targets.get(worker.space, target) == target, "space_has_other_target")
        ntime = (self.ntime + ((share.zigzag >> 1) ^ -(share.zigzag & 1))) % 2**32
        need(job.ntime <= ntime <= job.ntime + 7_000, "ntime_out_of_range")
        version = (job.version & ~0x1FFFE000) | share.bits << 13 if share.bits else job.version
        need(not (version ^ job.version) & ~(job.mask << 13), "version_bits_outside_mask")
        root = sha256d(job.coinbase1 + worker.space + share.extranonce2 + job.coinbase2)
        for sibling in job.branch:
            root = sha256d(root + sibling)
        hash_ = sha256d(struct.pack("<I32s32sIII", version, job.prev_hash, root, ntime, job.nbits, share.nonce))
        need(number_of(hash_) <= target, "low_difficulty")
        need(hash_ not in self.seen, "duplicate")
        need(len(self.seen) < 2**22, "too_many_shares")
        work_total = self.work + work(target)
        need(work_total < 2**128 and self.owed(self.payable(work_total, 0)) <= self.terms.budget, "over_budget")
        self.work, self.valid, self.invalid = work_total, self.valid + 1, self.invalid - 1
        self.payable_most = max(self.payable_most, self.payable(work_total, 0))
        self.sessions[-1].work += work(target)
        scaled = max(work(target) >> 8, 1)
        more = 1, work(target), scaled, min(scaled * scaled, MOST)
        self.delivered = tuple(min(one + other, MOST) for one, other in zip(self.delivered, more))
        self.seen.add(hash_)
        self.space_targets[worker.space], worker.last_job = target, max(worker.last_job, job_number)
        self.leaf_hashes.append(sha256(b"\0" + hash_ + struct.pack("<QI", share.at, share.worker)))
        this = (number_of(hash_), self.share_number)
        self.best = min(self.best or this, this)
        if number_of(hash_) <= job.pool_target:
            pool = self.sessions[job.session].pool
            stands_for = max(work(target), work(job.pool_target))
            self.silent += stands_for
            self.met[self.share_number] = SimpleNamespace(pool=pool, work=work(target), stands_for=stands_for, answer=None)

    # What the pools answered [4.1]

    def read_answer(self, answer):
        self.last_time = answer.at
        number = self.valid + self.invalid - 1 - answer.shares_back
        if number < 0:
            self.fault("unknown_share")
        elif sum(met > number for met in self.met) >= 8_192:
            self.fault("answer_too_late")
        elif number not in self.met:
            self.fault("answer_not_due")
        elif self.met[number].answer:
            self.fault("answer_twice")
        else:
            self.met[number].answer = "refused" if answer.refusal else "accepted"
            self.silent -= self.met[number].stands_for
            self.refused += self.met[number].stands_for if answer.refusal else 0
            code, reason = answer.refusal or (None, None)
            if answer.refusal and code not in self.refusals and len(self.refusals) == 64:
                self.refusals_left_out += 1
            elif answer.refusal:
                line = self.refusals.setdefault(code, {"code": code, "reason": reason.decode(), "shares": 0})
                line["shares"] += 1

    def pool_answers(self):  # [7]
        def sums(met):
            def count(*answers):
                of_them = [share.work for share in met if share.answer in answers]
                return {"shares": len(of_them), "work_hashes": str(sum(of_them))}

            return {
                "met": count("accepted", "refused", None),
                "accepted": count("accepted"),
                "refused": count("refused"),
                "unanswered": count(None),
            }

        by_pool, shares = [], self.met.values()
        for number, (pool, user) in enumerate([(self.terms.pool, self.terms.pool_user)] + self.terms.backups):
            sessions = sum(session.pool == number for session in self.sessions)
            answers = sums([share for share in shares if share.pool == number])
            by_pool.append({"pool": pool.decode(), "user": user.decode(), "sessions": sessions, "answers": answers})
        left_out = self.refusals_left_out
        return {"all": sums(shares), "by_pool": by_pool, "refusals": list(self.refusals.values()), "refusals_left_out": left_out}

    # Epochs and the end [5]

    def read_epoch(self, epoch):
        owed = self.owed_so_far()
        for code, right in dict(
            index=epoch.index == self.epochs,
            time=epoch.start == self.epoch_end and epoch.end >= self.last_time,
            shares=(epoch.shares, epoch.shares_total) == (len(self.leaf_hashes), self.valid),
            work=epoch.work_total == self.work,
            owed=epoch.owed_total == owed,
            merkle_root=epoch.merkle_root == merkle_root(self.leaf_hashes),
            records_hash=epoch.records_hash == sha256(self.data[self.sealed : self.at]),
            chain=epoch.previous == self.head,
        ).items():
            self.holds(need, right, "epoch_" + code)
        self.last_time, self.epoch_end = max(self.last_time, epoch.end), epoch.end
        self.head = sha256(b"assay epoch 1\0" + epoch.payload)
        self.epochs, self.sealed, self.owed_sealed, self.leaf_hashes = self.epochs + 1, self.at, owed, []
        self.sealed_delivery = self.delivered, self.assigned, self.ended_sessions

    def read_ending(self, ending):  # [5.1]
        self.ending = ending
        agreed, settled = self.terms.term.days * 86_400_000, max(self.epoch_end - self.terms.opened_at, 0)
        over, due = 0 < agreed <= settled, 0
        if agreed:
            self.guarantee = self.judge(ending, agreed)
            due = int(self.guarantee["to_buyer_sats"])
        with_one_more = self.payable_most + self.heaviest
        spent = with_one_more > MOST or self.owed(with_one_more) > self.terms.budget
        reason = over == (ending.reason == "term_over") and (spent or ending.reason != "budget_spent")
        self.holds(need, reason, "ending_reason")
        self.holds(need, ending.excused <= min(settled, agreed), "ending_time")
        self.holds(need, not self.leaf_hashes, "ending_shares")
        self.holds(need, ending.to_buyer == due, "ending_compensation")

    def judge(self, ending, agreed):
        terms, (delivered, if_none, sessions) = self.terms, self.sealed_delivery
        is_judged = ending.reason in ("by_host", "term_over") or (ending.reason == "proof_full" and sessions < 64)
        time = max(agreed - ending.excused, 0) if is_judged else 0
        threshold = part(terms.hashrate, MILLION - terms.tolerance, MILLION)
        most = most_hashrate(*delivered, time, terms.confidence, if_none)
        missing = threshold - most if time and most < threshold else 0
        missing = min(min(missing // 1_000 * time, MOST) + missing % 1_000 * time // 1_000, MOST)
        to_buyer = min(self.owed(missing), 2**64 - 1, terms.term.bond)
        return {
            "agreed_ms": agreed, "judged_ms": time, "missing_hashes": str(missing), "bond_sats": str(terms.term.bond),
            "delivery": {"threshold_hs": str(threshold), "delivered": {"high_hs": str(most)}},
            "to_buyer_sats": str(to_buyer), "to_host_sats": str(terms.term.bond - to_buyer),
        }

    def read_end(self, end):
        guarded = self.data[self.sealed : self.at] + to_varint(end.at) + to_varint(self.valid)
        self.holds(need, end.shares_total == self.valid, "end_shares")
        self.holds(need, end.hash == sha256(guarded) and end.at >= self.last_time, "end_hash")
        self.ended = True

    def verdict(self, bytes_read):  # [7]
        named = [block for block in self.blocks.values() if block.job_nbits is not None]
        proven = [block for block in named if block.header_nbits is not None]
        return {
            "valid": self.faults_total == 0, "bytes": bytes_read,
            "shares_valid": self.valid, "shares_invalid": self.invalid,
            "work_hashes": str(self.work), "owed_sats": str(self.owed_so_far()),
            "owed_sealed_sats": str(self.owed_sealed),
            "fee_sealed_sats": str(self.owed_sealed * self.terms.fee // 10_000 if self.terms else 0),
            "head": self.head.hex() if self.terms else "",
            "jobs": len(self.jobs), "upstreams": len(self.sessions),
            "chain": {"blocks": len(named), "proven": len(proven), "headers": self.headers},
            "ending": self.ending and {"reason": self.ending.reason, "excused_ms": self.ending.excused},
            "guarantee": self.guarantee,
            "pool_answers": self.pool_answers() if self.terms else None,
            "worked": self.best and {"share": self.best[1]},
            "faults_total": self.faults_total, "faults": self.faults,
        }

def main(names):
    try:
        files = [pathlib.Path(name).read_bytes() for name in names]
    except OSError as why:
        print(why, file=sys.stderr)
        return 2
    verdicts = [Verifier(data).verify() for data in files]
    print("\n".join(map(json.dumps, verdicts)) or __doc__)
    return 2 if not names else 0 if all(verdict["valid"] for verdict in verdicts) else 1

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
