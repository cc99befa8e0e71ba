#!/usr/bin/env python3
"""A second verifier of Assay bundles, naive on purpose, written from docs/bundle.md alone; [n] is a section of that page.

    python3 docs/verify.py FILE... [--json]     exit code: 0 valid, 1 not valid, 2 no verdict

It needs Python 3.9 or later and no library. It holds the whole file in memory, hashes some ten thousand shares a
second, and leaves out what the verdict derives beside the bill: hashrate, payouts, statistics.
"""
import hashlib, json, struct, sys
from types import SimpleNamespace

MAIN, TEST = 0, 1  # networks
EASIEST_NBITS = [0x1D00FFFF, 0x1D00FFFF, 0x207FFFFF]  # by network


def sha256(data):
    return hashlib.sha256(data).digest()


def sha256d(data):
    return sha256(sha256(data))


def number_of(hash_):
    return int.from_bytes(hash_, "little")


def work(target):
    return min(2**256 // (target + 1), 2**128 - 1)


class Fatal(Exception):
    """Ends the reading; the argument is the fault's code."""


def need(right, code="bad_frame"):
    if not right:
        raise Fatal(code)


# Bytes and fields [1]


class Bytes:
    """Bytes read from the front."""

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


def within(least, most, read, code="bad_frame"):
    """A field's type is a function that reads it; this one's is what `read` reads, within a range."""

    def field(data):
        value = read(data)
        need(least <= value <= most, code)
        return value

    return field


def raw(length):
    return lambda data: data.take(length)


def sized(most):
    length = within(0, most, u32, "limit_exceeded")
    return lambda data: data.take(length(data))


def text(most, letters=bytes(range(0x20, 0x7F)), least=0):
    def field(data):
        value = sized(most)(data)
        need(len(value) >= least and set(value) <= set(letters))
        return value

    return field


def branch(data):
    return [data.take(32) for _ in range(within(0, 32, u32, "limit_exceeded")(data))]


def backups(data):
    return [(text(260)(data), text(128)(data)) for _ in range(within(0, 3, u8, "limit_exceeded")(data))]


def pool_target(data):
    written = sized(32)(data)
    value = int.from_bytes(written.ljust(32, b"\0"), "big") if written else data.pool_target
    need(value and written[-1:] != b"\0" and (not written or value != data.pool_target))
    return value


def refusal(data):
    if data.at == len(data.data):
        return None
    value = u32(data) if within(0, 1, u8)(data) else None
    code = None if value is None else (value >> 1) ^ -(value & 1)
    return code, text(64)(data)


u16, u32, u64, u128 = (within(0, 2**bits - 1, Bytes.varint) for bits in (16, 32, 64, 128))
u8, u32le, time = Bytes.u8, lambda data: number_of(data.take(4)), u64
delta = within(0, 2**64 - 1, lambda data: data.last_time + u64(data))
target = within(1, 2**256 - 1, lambda data: int.from_bytes(data.take(32), "big"))
extranonce2 = lambda data: data.take(within(0, 9, lambda data: len(data.data) - data.at)(data))
account = text(32, b"abcdefghijklmnopqrstuvwxyz0123456789-_", least=1)
RECORDS = {  # [2]
    1: ("terms", dict(
        contract=u64, buyer=account, host=account, hashrate=u128, price=u64, budget=u64, fee=within(0, 10_000, u16),
        opened_at=time, epoch_length=u64, pool=text(260), pool_user=text(128), backups=backups, network=within(0, 2, u8),
        tolerance=within(0, 1_000_000, u32), confidence=within(1, 999_999, u32))),
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
    except Fatal:
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


def unknown_block():
    return SimpleNamespace(header_nbits=None, job_nbits=None, height=None, parent=None, work=0, shares=0)


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
        self.blocks, self.headers, self.built_on, self.best_block = {}, 0, [], None
        self.valid = self.invalid = self.work = self.owed_sealed = 0
        self.best = None  # hash as a number, number of the share
        self.met, self.refusals, self.refusals_left_out = {}, {}, 0  # shares that met their pool's target, by number
        self.leaf_hashes, self.epochs, self.epoch_end, self.head, self.sealed = [], 0, 0, bytes(32), 0

    def fault(self, code):
        self.faults_total += 1
        where = {"offset": self.at, "record": self.record, "share": self.share_number, "epoch": self.epochs}
        self.faults = (self.faults + [{"code": code, **where}])[:100]

    def check(self, right, code):
        if not right:
            self.fault(code)

    def owed(self, work_total):
        return work_total * self.terms.price // (10**15 * 86_400) if self.terms else 0

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
        except Fatal as fatal:
            self.fault(fatal.args[0])
            bytes_read = bytes_read if fatal.args[0] == "truncated" else self.at
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
        getattr(self, "read_" + name)(record)
        self.at = start + length

    # Records that set the scene [3]: whatever is wrong ends the reading

    def read_terms(self, terms):
        self.terms = terms
        self.last_time = self.epoch_end = terms.opened_at

    def read_upstream(self, session):
        need(session.pool <= len(self.terms.backups), "unknown_pool")
        self.last_time, self.machine_size = session.at, None
        self.sessions.append(session)

    def read_job(self, job):
        height = self.job_height(job)
        if job.prev_hash not in self.replaced:
            self.check_job(job, height)
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
        job.session = len(self.sessions) - 1
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
        need(len(self.workers) < 2**20, "limit_exceeded")
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

    # The chain [3.1]

    def job_height(self, job):
        if not self.sessions:
            return None
        session, start = self.sessions[-1], len(job.coinbase1)
        extranonces = session.extranonce1 + bytes(session.extranonce2_size)
        return stated_height(job.coinbase1 + extranonces + job.coinbase2, start, start + len(extranonces))

    def check_job(self, job, height):
        block = self.blocks.get(job.prev_hash, unknown_block())
        by_block = None if block.height is None else block.height + 1
        height = by_block if height is None else height
        if target_on(self.terms.network, job.nbits) is None:
            self.fault("job_nbits")
        elif by_block not in (None, height):
            self.fault("job_height")
        elif not may_follow(self.terms.network, block, height, job.nbits):
            self.fault("job_nbits")

    def read_header(self, record):
        network, hash_ = self.terms.network, sha256d(record.bytes)
        prev_hash, nbits = record.bytes[4:36], number_of(record.bytes[72:76])
        block, parent = self.blocks.get(hash_, unknown_block()), self.blocks.get(prev_hash, unknown_block())
        linked = parent.header_nbits is not None
        by_parent = None if parent.height is None else parent.height + 1
        height = by_parent if block.height is None else block.height
        after = None if height is None else height + 1
        follows = may_follow(network, parent, height, nbits)
        own = SimpleNamespace(header_nbits=nbits, job_nbits=block.job_nbits)
        followed = block.job_nbits is None or may_follow(network, own, after, block.job_nbits)
        if number_of(hash_) > (target_on(network, nbits) or 0):
            self.fault("header_work")
        elif block.header_nbits is not None or (self.headers and not linked):
            self.fault("header_link")
        elif by_parent not in (None, height):
            self.fault("header_height")
        elif not follows or not followed:
            self.fault("header_nbits")
        else:
            need(len(self.blocks) < 2**20 or hash_ in self.blocks, "limit_exceeded")
            block.header_nbits, block.height, block.parent = nbits, height, prev_hash
            block.work = parent.work + work(nbits_target(nbits))
            self.blocks[hash_] = block
            self.headers += 1
            if self.best_block is None or block.work > self.blocks[self.best_block].work:
                self.best_block = hash_

    # Shares [4]

    def read_share(self, share):
        self.share_number = self.valid + self.invalid
        self.last_time = share.at
        try:
            code = self.judge(share)
        except Fatal:
            self.invalid += 1
            raise
        self.check(code is None, code)
        self.invalid += code is not None

    def judge(self, share):
        """Counts the share, or gives the code of the first check that fails."""
        job_number = len(self.jobs) - 1 - share.jobs_back
        if share.worker >= len(self.workers):
            return "unknown_worker"
        if job_number < 0:
            return "unknown_job"
        worker, job = self.workers[share.worker], self.jobs[job_number]
        if job.prev_hash != self.tip:
            return "stale"
        if job.session != worker.session:
            return "unknown_worker"
        need(len(share.extranonce2) == worker.size)
        targets = [target for first, target in worker.targets if first <= job_number]
        if not targets:
            return "no_target"
        target = targets[-1]
        if self.space_targets.get(worker.space, target) != target:
            return "space_has_other_target"
        ntime = (self.ntime + ((share.zigzag >> 1) ^ -(share.zigzag & 1))) % 2**32
        if not job.ntime <= ntime <= job.ntime + 7_000:
            return "ntime_out_of_range"
        version = (job.version & ~0x1FFFE000) | share.bits << 13 if share.bits else job.version
        if (version ^ job.version) & ~(job.mask << 13):
            return "version_bits_outside_mask"
        root = sha256d(job.coinbase1 + worker.space + share.extranonce2 + job.coinbase2)
        for sibling in job.branch:
            root = sha256d(root + sibling)
        hash_ = sha256d(struct.pack("<I32s32sIII", version, job.prev_hash, root, ntime, job.nbits, share.nonce))
        if number_of(hash_) > target:
            return "low_difficulty"
        if hash_ in self.seen:
            return "duplicate"
        if len(self.seen) >= 2**22:
            return "too_many_shares"
        work_total = self.work + work(target)
        if work_total >= 2**128 or self.owed(work_total) > self.terms.budget:
            return "over_budget"
        self.work, self.valid = work_total, self.valid + 1
        self.seen.add(hash_)
        self.space_targets[worker.space] = target
        if not self.blocks[self.tip].shares:
            self.built_on.append(self.tip)
        self.blocks[self.tip].shares += 1
        worker.last_job = max(worker.last_job, job_number)
        self.leaf_hashes.append(sha256(b"\0" + hash_ + struct.pack("<QI", share.at, share.worker)))
        this = (number_of(hash_), self.share_number)
        self.best = min(self.best or this, this)
        if number_of(hash_) <= job.pool_target:
            pool = self.sessions[job.session].pool
            self.met[self.share_number] = SimpleNamespace(pool=pool, work=work(target), answer=None)

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
        owed = self.owed(self.work)
        self.check(epoch.index == self.epochs, "epoch_index")
        self.check(epoch.start == self.epoch_end and epoch.end >= self.last_time, "epoch_time")
        self.check((epoch.shares, epoch.shares_total) == (len(self.leaf_hashes), self.valid), "epoch_shares")
        self.check(epoch.work_total == self.work, "epoch_work")
        self.check(epoch.owed_total == owed, "epoch_owed")
        self.check(epoch.merkle_root == merkle_root(self.leaf_hashes), "epoch_merkle_root")
        self.check(epoch.records_hash == sha256(self.data[self.sealed : self.at]), "epoch_records_hash")
        self.check(epoch.previous == self.head, "epoch_chain")
        self.last_time, self.epoch_end = max(self.last_time, epoch.end), epoch.end
        self.head = sha256(b"assay epoch 1\0" + epoch.payload)
        self.epochs, self.sealed, self.owed_sealed, self.leaf_hashes = self.epochs + 1, self.at, owed, []

    def read_end(self, end):
        guarded = self.data[self.sealed : self.at] + to_varint(end.at) + to_varint(self.valid)
        self.check(end.shares_total == self.valid, "end_shares")
        self.check(end.hash == sha256(guarded) and end.at >= self.last_time, "end_hash")
        self.ended = True

    def chain(self):  # [7]
        on_best, hash_, built_on = 0, self.best_block, []
        while hash_ in self.blocks and self.blocks[hash_].header_nbits is not None:
            on_best, hash_ = on_best + 1, self.blocks[hash_].parent
        for hash_ in self.built_on[:5_000]:
            block = self.blocks[hash_]
            built_on.append({"hash": hash_[::-1].hex(), "height": block.height, "shares": block.shares})
        return {
            "headers": self.headers,
            "forks": self.headers - on_best,
            "work_hashes": str(self.blocks[self.best_block].work if self.best_block else 0),
            "built_on": built_on,
            "built_on_left_out": max(0, len(self.built_on) - 5_000),
        }

    def verdict(self, bytes_read):  # [7]
        named = [block for block in self.blocks.values() if block.job_nbits is not None]
        proven = [block for block in named if block.header_nbits is not None]
        return {
            "valid": self.faults_total == 0,
            "bytes": bytes_read,
            "shares_valid": self.valid,
            "shares_invalid": self.invalid,
            "work_hashes": str(self.work),
            "owed_sats": str(self.owed(self.work)),
            "owed_sealed_sats": str(self.owed_sealed),
            "fee_sealed_sats": str(self.owed_sealed * self.terms.fee // 10_000 if self.terms else 0),
            "head": self.head.hex() if self.terms else "",
            "jobs": len(self.jobs),
            "upstreams": len(self.sessions),
            "chain": {"blocks": len(named), "proven": len(proven), **self.chain()},
            "pool_answers": self.pool_answers() if self.terms else None,
            "worked": self.best and {"share": self.best[1]},
            "faults_total": self.faults_total,
            "faults": self.faults,
        }


def show(name, verdict):
    best = verdict["worked"]["share"] if verdict["worked"] else "none"
    print("VALID" if verdict["valid"] else "INVALID", name)
    print("    shares  {shares_valid} valid, {shares_invalid} invalid; the best is number {best}".format(best=best, **verdict))
    print("    work    {work_hashes} hashes".format(**verdict))
    print("    owed    {owed_sealed_sats} sats sealed (fee {fee_sealed_sats}), {owed_sats} sats in all".format(**verdict))
    print("    head    {head}".format(**verdict))
    print("    chain   {blocks} blocks, {proven} of them proven; {headers} headers, {forks} of them on branches".format(**verdict["chain"]))
    answers = verdict["pool_answers"]["all"] if verdict["pool_answers"] else {}
    print("    pools   " + ("; ".join(f"{count['shares']} {name}" for name, count in answers.items()) or "none"))
    print("    faults  {faults_total}".format(**verdict))
    for fault in verdict["faults"]:
        print("    {code}: byte {offset}, record {record}, share {share}, epoch {epoch}".format(**fault))


def main(arguments):
    names, valid = [argument for argument in arguments if argument != "--json"], True
    if not names:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        for name in names:
            with open(name, "rb") as file:
                verdict = Verifier(file.read()).verify()
            print(json.dumps(verdict)) if "--json" in arguments else show(name, verdict)
            valid = valid and verdict["valid"]
    except OSError as why:
        print(why, file=sys.stderr)
        return 2
    return 0 if valid else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
