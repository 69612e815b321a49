//! Tests of one body over both databases, for each test crate: its root says what a body is `Given`.

/// Makes tests of each body: over SQLite, and over PostgreSQL, which is left out, audibly, where there is none.
#[macro_export]
macro_rules! on_each_database {
    ($($(#[doc = $doc:literal])* async fn $name:ident($given:ident) $body:block)+) => {$(
        mod $name {
            #[allow(unused_imports, reason = "a short test may not need all of it")]
            use super::*;

            async fn run($given: $crate::Given) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                run($crate::Given::on_sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                if let Some(given) = $crate::Given::on_postgres().await {
                    run(given).await;
                }
            }
        }
    )+};
}
