//! Whether there is room for more shares: what the logs take, and what the disk has left.

use crate::metrics::Metrics;
use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

const PAUSE: Duration = Duration::from_secs(1);
/// The pause is so many times as long as the measuring took.
const RARELY: u32 = 50;

/// How much the share logs may take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that the files of all contracts may take on the disk; any number where none is given.
    pub shares_max: Option<u64>,
    /// Bytes of the disk that stay free.
    pub reserve: u64,
}

/// What was measured last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// Bytes that the files of all contracts take on the disk.
    pub shares: u64,
    /// Bytes that the disk has left for this user.
    pub free: u64,
}

/// Measures now and then, and says whether shares may be taken.
pub(super) struct Room {
    contracts: PathBuf,
    limits: Limits,
    measured: Mutex<Measured>,
    short: AtomicBool,
    /// Logs whose last write found the disk full.
    pub(super) stalled: AtomicUsize,
    metrics: Arc<Metrics>,
}

impl Room {
    /// Measures, and goes on doing so in a thread for as long as the room is used.
    ///
    /// # Errors
    /// Where the folder cannot be measured, or the system gives no thread.
    pub(super) fn watch(
        data: &Path,
        limits: Limits,
        metrics: Arc<Metrics>,
    ) -> io::Result<Arc<Self>> {
        let contracts = data.join("contracts");
        super::layout::make_folder(&contracts)?;
        let room = Arc::new(Self {
            contracts,
            limits,
            measured: Mutex::default(),
            short: AtomicBool::new(false),
            stalled: AtomicUsize::new(0),
            metrics,
        });
        let first = room.measure()?;
        let watched = Arc::downgrade(&room);
        thread::Builder::new()
            .name("share-room".into())
            .spawn(move || watch(&watched, first))?;
        Ok(room)
    }

    /// True where no more shares may be taken.
    pub(super) fn is_short(&self) -> bool {
        self.short.load(Ordering::Acquire)
    }

    /// Why shares are refused, if they are.
    pub(super) fn why(&self) -> Option<String> {
        let Measured { shares, free } =
            *self.measured.lock().unwrap_or_else(PoisonError::into_inner);
        let Limits {
            shares_max,
            reserve,
        } = self.limits;
        if let Some(most) = shares_max.filter(|most| shares >= *most) {
            return Some(format!(
                "the share logs take {shares} bytes of the {most} that they may"
            ));
        }
        if free < reserve {
            return Some(format!(
                "the disk has {free} bytes left, and {reserve} are to stay free"
            ));
        }
        let stalled = self.stalled.load(Ordering::Acquire);
        (stalled > 0)
            .then(|| format!("the disk has no room for what {stalled} share logs still hold"))
    }

    /// Answers how long that took.
    fn measure(&self) -> io::Result<Duration> {
        let began = Instant::now();
        let measured = Measured {
            shares: taken(&self.contracts)?,
            free: free(&self.contracts)?,
        };
        *self.measured.lock().unwrap_or_else(PoisonError::into_inner) = measured;
        let Limits {
            shares_max,
            reserve,
        } = self.limits;
        let over = shares_max.is_some_and(|most| measured.shares >= most);
        let short = over || measured.free < reserve;
        if self.short.swap(short, Ordering::AcqRel) != short {
            match self.why().filter(|_| short) {
                Some(why) => tracing::error!("no more shares are taken: {why}"),
                None => tracing::info!("there is room again: shares are taken"),
            }
        }
        let gauge = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
        self.metrics.share_bytes.set(gauge(measured.shares));
        self.metrics.disk_free.set(gauge(measured.free));
        self.metrics.shares_refused.set(i64::from(short));
        Ok(began.elapsed())
    }
}

fn watch(room: &Weak<Room>, first: Duration) {
    let mut took = first;
    loop {
        thread::sleep(PAUSE.max(took.saturating_mul(RARELY)));
        let Some(room) = room.upgrade() else { return };
        match room.measure() {
            Ok(duration) => took = duration,
            Err(error) => tracing::warn!(%error, "the share logs cannot be measured"),
        }
    }
}

/// Bytes that all files below a folder take on the disk.
fn taken(folder: &Path) -> io::Result<u64> {
    let mut sum = 0_u64;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        for entry in entries {
            let entry = entry?;
            match entry.metadata() {
                Ok(metadata) if metadata.is_dir() => folders.push(entry.path()),
                Ok(metadata) => {
                    // POSIX counts them by 512, whatever the file system's own are.
                    sum = sum.saturating_add(metadata.blocks().saturating_mul(512));
                }
                // Sealed or removed meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(sum)
}

fn free(folder: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_or_too_little_is_told_and_passes() {
        let folder = tempfile::tempdir().unwrap();
        let contracts = folder.path().join("contracts/1");
        fs::create_dir_all(&contracts).unwrap();
        let file = contracts.join("x");
        fs::write(&file, vec![7; 100_000]).unwrap();
        fs::File::open(&file).unwrap().sync_all().unwrap();
        let room = |shares_max, reserve| {
            let limits = Limits {
                shares_max,
                reserve,
            };
            Room::watch(folder.path(), limits, Arc::default()).unwrap()
        };
        assert_eq!(room(None, 0).why(), None);
        assert!(!room(Some(1 << 40), 0).is_short());
        let short = room(Some(100_000), 0);
        assert!(short.is_short());
        assert!(short.why().unwrap().contains("of the 100000"));
        fs::remove_file(&file).unwrap();
        short.measure().unwrap();
        assert!(!short.is_short() && short.why().is_none());
        let full = room(None, u64::MAX);
        assert!(full.is_short());
        assert!(full.why().unwrap().contains("to stay free"));
    }
}
