//! Query plans of all statements that ran.

use std::{collections::BTreeSet, path::Path, sync::Mutex};

use diesel::{
    Connection, QueryableByName, RunQueryDsl, SqliteConnection,
    connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation},
    sql_query,
    sql_types::Text,
};

static SEEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Records every statement of all connections opened from now on.
pub fn record() {
    fn note() -> Option<Box<dyn Instrumentation>> {
        Some(Box::new(|event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::StartQuery { query, .. } = event {
                let text = query.to_string();
                let sql = text.split(" -- binds").next().unwrap_or_default();
                let mut seen = SEEN.lock().unwrap();
                if sql.starts_with("SELECT") && !seen.contains(sql) {
                    seen.insert(sql.to_owned());
                }
            }
        }))
    }
    set_default_instrumentation(note).unwrap();
}

/// Deletes the recorded statements.
pub fn clear() {
    SEEN.lock().unwrap().clear();
}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

/// Prints the plans. Returns the steps that scan a whole table.
pub fn print(path: &Path) -> Vec<String> {
    // Taken before the connection below records its own statements.
    let seen = std::mem::take(&mut *SEEN.lock().unwrap());
    assert!(!seen.is_empty(), "no statement was recorded");
    let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    let mut walks = Vec::new();
    let mut shown = BTreeSet::new();
    println!("\nplans:");
    for sql in &seen {
        // Lists of values differ only in their lengths.
        let short = sql.replace(", ?", "");
        if !shown.insert(short.clone()) {
            continue;
        }
        println!("{short}");
        let steps: Vec<Step> = sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load(&mut connection).unwrap();
        // A walk along an index in the wanted order ends with the page.
        let sorts = steps.iter().any(|step| step.detail == "USE TEMP B-TREE FOR ORDER BY");
        let is_page = sql.ends_with("LIMIT ?") && !sorts;
        for Step { detail } in steps {
            println!("    {detail}");
            let ends = detail.contains("VIRTUAL TABLE INDEX") || (is_page && detail.contains("USING INDEX"));
            if detail.starts_with("SCAN") && detail != "SCAN CONSTANT ROW" && !ends {
                walks.push(format!("{detail}: {short}"));
            }
        }
    }
    walks
}
