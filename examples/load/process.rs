//! CPU time and memory of a process, from /proc.

use std::fs;

use crate::Failure;

/// Microseconds of a clock tick: `USER_HZ` is 100 on all supported Linux systems.
const MICROS_PER_TICK: u64 = 10_000;

/// User and system time of a process in microseconds, with a resolution of 10 ms.
pub(crate) fn cpu_micros(pid: &str) -> Result<u64, Failure> {
    let path = format!("/proc/{pid}/stat");
    let stat = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    // The name of the command may contain spaces. It ends at the last parenthesis.
    let fields = stat.rsplit_once(") ").map(|(_, rest)| rest).unwrap_or_default();
    let ticks: Vec<u64> = fields.split(' ').skip(11).take(2).filter_map(|field| field.parse().ok()).collect();
    match ticks[..] {
        [user, system] => Ok((user + system) * MICROS_PER_TICK),
        _ => Err(format!("{path}: not understood").into()),
    }
}

/// Resident memory of a process in bytes.
pub(crate) fn resident_bytes(pid: &str) -> Result<u64, Failure> {
    let path = format!("/proc/{pid}/status");
    let status = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    Ok(kib.ok_or_else(|| format!("{path}: no VmRSS"))? * 1024)
}
