//! How tokens are verified: the keys `jwt_*`.
//!
//! Owns which of the three kinds of key is configured; does not read key files or tokens.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::domain::Secret;

/// The settings of tokens. At most one of the three kinds of key is set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Auth {
    /// The secret of HS256 tokens.
    #[serde(default, skip_serializing)]
    pub jwt_secret: Option<Secret>,
    /// A file with the public key of RS256, ES256 or EdDSA tokens, in PEM.
    #[serde(default)]
    pub jwt_public_key_file: Option<PathBuf>,
    /// A file with a JSON Web Key Set.
    #[serde(default)]
    pub jwt_jwks_file: Option<PathBuf>,
    /// The `aud` that tokens must have; without it a token that has one is refused.
    #[serde(default)]
    pub jwt_audience: Option<String>,
    /// The names of the claims.
    #[serde(default)]
    pub jwt_claims: Claims,
}

/// The names of the claims that say who a token's bearer is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct Claims {
    /// The user's id.
    pub id: String,
    /// The user's name.
    pub name: String,
    /// The user's role.
    pub role: String,
}

impl Default for Claims {
    fn default() -> Self {
        Self { id: "sub".to_owned(), name: "name".to_owned(), role: "role".to_owned() }
    }
}

/// What tokens are verified with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenSource<'a> {
    /// HS256 with this secret.
    Secret(&'a Secret),
    /// The public key in this file.
    PublicKeyFile(&'a Path),
    /// The key set in this file.
    JwksFile(&'a Path),
    /// HS256 with a secret that is made and kept in `data_dir` (see
    /// [`development_secret`](super::development_secret)); allowed on loopback only.
    Development,
}

impl Auth {
    /// What tokens are verified with.
    pub fn token_source(&self) -> TokenSource<'_> {
        if let Some(secret) = &self.jwt_secret {
            TokenSource::Secret(secret)
        } else if let Some(file) = &self.jwt_public_key_file {
            TokenSource::PublicKeyFile(file)
        } else if let Some(file) = &self.jwt_jwks_file {
            TokenSource::JwksFile(file)
        } else {
            TokenSource::Development
        }
    }
}
