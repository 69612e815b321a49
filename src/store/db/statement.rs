//! Statements with a fixed text, which diesel prepares once for each connection.
//!
//! diesel never caches an UPDATE or an upsert of its own making, and parsing one costs SQLite several
//! times what running it does. Owns the macro; the statements are where they are used.

/// Defines a statement as text and values in turns: `"UPDATE t SET a = " a: i64 => BigInt, …`. Give
/// the type of its rows, and the text behind the last value.
macro_rules! statement {
    (
        $(#[$doc:meta])*
        $name:ident => $row:ty {
            $($text:literal $field:ident: $rust:ty => $sql:ty,)+
            ; $tail:literal
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub(super) struct $name<'a> {
            $(pub(super) $field: $rust,)+
            /// For statements that borrow nothing.
            pub(super) lifetime: std::marker::PhantomData<&'a ()>,
        }

        impl diesel::query_builder::QueryId for $name<'_> {
            type QueryId = $name<'static>;
            const HAS_STATIC_QUERY_ID: bool = true;
        }

        impl diesel::query_builder::Query for $name<'_> {
            type SqlType = $row;
        }

        impl<'a, DB> diesel::query_builder::QueryFragment<DB> for $name<'a>
        where
            DB: diesel::backend::Backend,
            $(DB: diesel::sql_types::HasSqlType<$sql>, $rust: diesel::serialize::ToSql<$sql, DB>,)+
        {
            fn walk_ast<'b>(
                &'b self,
                mut out: diesel::query_builder::AstPass<'_, 'b, DB>,
            ) -> diesel::QueryResult<()> {
                $(
                    out.push_sql($text);
                    out.push_bind_param::<$sql, $rust>(&self.$field)?;
                )+
                out.push_sql($tail);
                Ok(())
            }
        }

        impl<Connection> diesel::RunQueryDsl<Connection> for $name<'_> {}
    };
}

/// Defines a statement over whole arrays, for PostgreSQL: its columns as arrays, and its text around
/// `UNNEST(…)`.
macro_rules! array_statement {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $rust:ty => $sql:ty,)+ } $before:literal $after:literal -> $row:ty) => {
        $(#[$doc])*
        #[derive(Debug, Default)]
        pub(super) struct $name<'a> {
            $(pub(super) $field: Vec<$rust>,)+
            pub(super) _borrows: std::marker::PhantomData<&'a ()>,
        }

        impl diesel::query_builder::QueryId for $name<'_> {
            type QueryId = $name<'static>;
            const HAS_STATIC_QUERY_ID: bool = true;
        }

        impl<'a> diesel::query_builder::QueryFragment<diesel::pg::Pg> for $name<'a> {
            fn walk_ast<'b>(
                &'b self,
                mut out: diesel::query_builder::AstPass<'_, 'b, diesel::pg::Pg>,
            ) -> diesel::QueryResult<()> {
                out.push_sql($before);
                let mut separator = "";
                $(
                    out.push_sql(separator);
                    separator = ", ";
                    out.push_bind_param::<diesel::sql_types::Array<$sql>, Vec<$rust>>(&self.$field)?;
                )+
                let _ = separator;
                out.push_sql($after);
                Ok(())
            }
        }

        impl diesel::query_builder::Query for $name<'_> {
            type SqlType = $row;
        }

        impl diesel::RunQueryDsl<diesel::PgConnection> for $name<'_> {}
    };
}

pub(in crate::store) use array_statement;
pub(in crate::store) use statement;
