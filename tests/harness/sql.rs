//! The test's own look into the server's database, behind its back.

use diesel::{
    Connection, QueryableByName, RunQueryDsl, SqliteConnection, connection::SimpleConnection, sql_query,
    sql_types::BigInt,
};

use super::{Database, TestApp};

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[derive(QueryableByName)]
struct Text {
    #[diesel(sql_type = diesel::sql_types::Text)]
    text: String,
}

impl TestApp {
    /// Runs a statement.
    pub fn execute_sql(&self, sql: &str) {
        match self.database() {
            Database::Sqlite => self.sqlite().batch_execute(sql).unwrap(),
            Database::Postgres(database) => database.execute(sql),
        }
    }

    /// How many rows of a table there are.
    pub fn rows(&self, table: &str) -> i64 {
        let query = sql_query(format!("SELECT count(*) AS number FROM {table}"));
        let counted: Number = match self.database() {
            Database::Sqlite => query.get_result(&mut self.sqlite()).unwrap(),
            Database::Postgres(database) => query.get_result(&mut database.connect()).unwrap(),
        };
        counted.number
    }

    /// The rows of a query of one column that is called `text`.
    pub fn texts(&self, query: &str) -> Vec<String> {
        let rows: Vec<Text> = match self.database() {
            Database::Sqlite => sql_query(query).load(&mut self.sqlite()).unwrap(),
            Database::Postgres(database) => sql_query(query).load(&mut database.connect()).unwrap(),
        };
        rows.into_iter().map(|row| row.text).collect()
    }

    fn sqlite(&self) -> SqliteConnection {
        let path = self.data_dir().join("deskwire.db");
        let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
        connection.batch_execute("PRAGMA busy_timeout = 10000").unwrap();
        connection
    }
}
