//! One run: its threads, the times of the load, and samples of CPU and memory.

use std::{
    net::{SocketAddr, ToSocketAddrs as _},
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use url::Url;

use crate::{
    Failure, args::Args, process, report::Report, tally::Tally, token::Minter, wire, worker::Worker,
};

/// Values shared by all threads.
pub(crate) struct Plan {
    /// Arguments of the run.
    pub args: Args,
    /// Address of the server.
    pub address: SocketAddr,
    /// Bytes of the upgrade request.
    pub request: Vec<u8>,
    /// Signer of the users' tokens.
    pub minter: Minter,
    /// Zero of all times, which are in nanoseconds.
    pub epoch: Instant,
}

/// Start of the load, start of the measurement, and end of both.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    /// Time of the first send.
    pub start: u64,
    /// End of the warm-up and start of the measurement.
    pub from: u64,
    /// End of the load.
    pub until: u64,
}

impl Window {
    /// Window before the load is scheduled.
    pub(crate) const NEVER: Self = Self { start: u64::MAX, from: u64::MAX, until: u64::MAX };

    /// Returns `true` for a time within the measurement.
    pub(crate) fn measures(&self, moment: u64) -> bool {
        (self.from..self.until).contains(&moment)
    }
}

/// CPU time at one moment, in microseconds.
struct Sample {
    at: Instant,
    driver: u64,
    server: Option<u64>,
}

/// Runs set-up, load and verification.
pub(crate) fn run(args: Args) -> Result<Report, Failure> {
    let pid = args.server_pid.map(|pid| pid.to_string());
    let resident = || pid.as_deref().and_then(|pid| process::resident_bytes(pid).ok());
    if let Some(pid) = &pid {
        process::cpu_micros(pid)?;
    }
    let memory_before = resident();
    let plan = Arc::new(plan(args)?);
    let (mut threads, windows) = start(&plan)?;
    let setup = plan.epoch.elapsed();
    let memory_joined = resident();

    let window = window(&plan);
    windows.iter().try_for_each(|thread| thread.send(window))?;
    let from = sample_at(&plan, window.from, pid.as_deref())?;
    sleep_until(&plan, window.until.saturating_sub(20_000_000));
    let memory_end = resident();
    let until = sample_at(&plan, window.until, pid.as_deref())?;

    let mut tally = Tally::new()?;
    for thread in threads.drain(..) {
        tally.merge(join(thread)?)?;
    }
    let server_cpu = until.server.zip(from.server).map(|(until, from)| Duration::from_micros(until - from));
    Ok(Report {
        setup,
        measured: until.at - from.at,
        driver_cpu: Duration::from_micros(until.driver - from.driver),
        server_cpu,
        memory_before,
        memory_joined,
        memory_end,
        tally,
        args: plan.args.clone(),
    })
}

fn plan(args: Args) -> Result<Plan, Failure> {
    let url = Url::parse(&args.url)?;
    let (Some(host), "ws") = (url.host_str(), url.scheme()) else {
        return Err("--url must be ws://host[:port]/path".into());
    };
    let port = url.port_or_known_default().unwrap_or(80);
    let name = host.trim_matches(['[', ']']);
    let address = (name, port).to_socket_addrs()?.next().ok_or("--url names no address")?;
    if !address.ip().is_loopback() && !args.allow_remote {
        return Err(format!("{address} is not a loopback address; allow it with --allow-remote").into());
    }
    let target = url.query().map_or(url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let request = wire::upgrade(&format!("{host}:{port}"), &target);
    let minter = Minter::new(&args.secret, args.audience.clone())?;
    let needed = u64::from(args.connections) + 64;
    if rlimit::increase_nofile_limit(u64::MAX)? < needed {
        return Err(format!("{needed} open files are needed; raise the hard limit (ulimit -Hn)").into());
    }
    Ok(Plan { args, address, request, minter, epoch: Instant::now() })
}

type Thread = thread::JoinHandle<Result<Tally, Failure>>;

/// Starts the threads and waits until all of their connections have joined.
fn start(plan: &Arc<Plan>) -> Result<(Vec<Thread>, Vec<mpsc::Sender<Window>>), Failure> {
    let (ready, is_ready) = mpsc::channel();
    let (mut threads, mut windows) = (Vec::new(), Vec::new());
    for index in 0..plan.args.threads {
        let (window, go) = mpsc::channel();
        let worker = Worker::new(Arc::clone(plan), index)?;
        let ready = ready.clone();
        let body = move || {
            let result = worker.run(&ready, &go);
            // The receiver waits only for an early end, and may be gone.
            let _ = ready.send(false);
            result
        };
        threads.push(thread::Builder::new().name(format!("load-{index}")).spawn(body)?);
        windows.push(window);
    }
    for _ in 0..plan.args.threads {
        if !is_ready.recv()? {
            drop(windows);
            // Only the failed thread has a reason. The others report that their channel closed.
            let ended: Vec<_> = threads.into_iter().map(|thread| join(thread).err()).collect();
            let reason = ended.into_iter().flatten().find(|error| !error.is::<mpsc::TryRecvError>());
            return Err(reason.unwrap_or_else(|| "a thread ended early".into()));
        }
    }
    Ok((threads, windows))
}

fn join(thread: Thread) -> Result<Tally, Failure> {
    thread.join().map_err(|_| "a thread panicked")?
}

fn window(plan: &Plan) -> Window {
    let start = (plan.epoch.elapsed() + Duration::from_millis(100)).as_nanos() as u64;
    let from = start + plan.args.warmup.as_nanos() as u64;
    Window { start, from, until: from + plan.args.duration.as_nanos() as u64 }
}

fn sleep_until(plan: &Plan, moment: u64) {
    let target = plan.epoch + Duration::from_nanos(moment);
    thread::sleep(target.saturating_duration_since(Instant::now()));
}

fn sample_at(plan: &Plan, moment: u64, pid: Option<&str>) -> Result<Sample, Failure> {
    sleep_until(plan, moment);
    let server = pid.and_then(|pid| process::cpu_micros(pid).ok());
    Ok(Sample { at: Instant::now(), driver: process::cpu_micros("self")?, server })
}
