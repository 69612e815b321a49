//! Query strings, as typed fields.
//!
//! Owns the reading; what fields there are stands at each route.

use serde::de::DeserializeOwned;

use super::api::Api;
use crate::{http::response::answer::ApiError, protocol::decode::at_fault};

/// The fields of the query; what is not one of them is ignored.
pub(in crate::http) fn query<T: DeserializeOwned>(api: &Api) -> Result<T, ApiError> {
    let pairs = url::form_urlencoded::parse(api.request.query_string().as_bytes());
    let fields = serde_urlencoded::Deserializer::new(pairs);
    serde_path_to_error::deserialize(fields)
        .map_err(|error| api.malformed(at_fault(&error.path().to_string(), &error.inner().to_string())))
}
