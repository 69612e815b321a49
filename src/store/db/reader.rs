//! Where reads run: on the blocking pool, as many at once as there are connections, within a time limit.
//!
//! Owns the pool; does not know what is read.

use std::{sync::Arc, time::Duration};

use diesel::{QueryResult, r2d2::Pool};
use tokio::sync::Semaphore;

use super::{
    connection::{AnyConnection, Source},
    fault::{self, Fault},
};
use crate::store::error::{OpenError, StoreError, log_fault};

/// How long a read may take, waiting for its turn included.
const TIME_LIMIT: Duration = Duration::from_secs(5);

/// Runs reads.
#[derive(Debug)]
pub(in crate::store) struct Reader {
    pool: Pool<Source>,
    /// One for each connection: without it, a slow database would fill the blocking pool, which
    /// attachments and password-like work share, with threads that wait for a connection.
    permits: Arc<Semaphore>,
    connections: u32,
}

impl Reader {
    /// Connects once, so that a wrong address is found at start; the others come when needed.
    pub(in crate::store) fn open(source: Source, connections: u32) -> Result<Self, OpenError> {
        let connections = connections.max(1);
        let pool = Pool::builder()
            .max_size(connections)
            .min_idle(Some(1))
            .connection_timeout(TIME_LIMIT)
            // A ping for every read would double the round trips; a broken one is replaced below.
            .test_on_check_out(false)
            .build(source)
            .map_err(|error| OpenError::Connect(error.into()))?;
        let permits = Arc::new(Semaphore::new(usize::try_from(connections).unwrap_or(1)));
        Ok(Self { pool, permits, connections })
    }

    /// Runs `work` on a connection of the pool. It may be run again after a lost connection.
    pub(in crate::store) async fn run<T: Send + 'static>(
        &self,
        work: impl Fn(&mut AnyConnection) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (pool, attempts) = (self.pool.clone(), self.connections + 1);
        self.run_aside(move || attempt(&pool, attempts, work)).await
    }

    /// Runs `work` in the turn and the time of a read, with whatever connection it makes itself.
    pub(in crate::store) async fn run_aside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let permits = self.permits.clone();
        let read = async move {
            let permit = permits.acquire_owned().await.map_err(|_| StoreError::Unavailable)?;
            let job = move || {
                // Given back when the work is over, even if nobody waits for it any more.
                let _permit = permit;
                work()
            };
            tokio::task::spawn_blocking(job).await.unwrap_or_else(|error| {
                Err(StoreError::Internal(log_fault("a read of the database panicked", &error)))
            })
        };
        tokio::time::timeout(TIME_LIMIT, read).await.unwrap_or_else(|_| {
            tracing::warn!("the database took longer than {TIME_LIMIT:?}");
            Err(StoreError::Unavailable)
        })
    }
}

/// After a server's restart every connection of the pool is dead: each is found out by use.
fn attempt<T>(
    pool: &Pool<Source>,
    attempts: u32,
    work: impl Fn(&mut AnyConnection) -> QueryResult<T>,
) -> Result<T, StoreError> {
    for _ in 0..attempts {
        let mut connection = pool.get().map_err(|error| {
            tracing::error!(%error, "no connection to the database");
            StoreError::Unavailable
        })?;
        let error = match work(&mut connection) {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        match fault::classify(&error, &mut connection) {
            Fault::Lost => drop(connection),
            Fault::Unavailable | Fault::Contention => {
                tracing::error!(%error, "the database is not available for a read");
                return Err(StoreError::Unavailable);
            }
            Fault::Statement => {
                return Err(StoreError::Internal(log_fault("a read of the database failed", &error)));
            }
        }
    }
    Err(StoreError::Unavailable)
}
