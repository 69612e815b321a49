//! Commands of which the declaration is all that their requests need: one handler for all of them.
//!
//! Owns how variables of a path become fields of a command, and the operations of these requests. Which
//! commands have a request is declared in `protocol`; those with a handler of their own stand in `routes`.

use actix_web::{
    dev::{AppService, HttpServiceFactory},
    guard, web,
};
use utoipa::openapi::{
    HttpMethod, ObjectBuilder, PathItem, Paths, Ref, RefOr, Required, ResponseBuilder, ResponsesBuilder,
    content::ContentBuilder,
    path::{Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn},
    request_body::RequestBodyBuilder,
    schema::{Schema, SchemaType, Type},
};
use utoipa_actix_web::{OpenApiFactory, service_config::ServiceConfig};

use super::{
    documents::openapi::{Problems, body_name, without},
    request::{api::Api, body::with_fields, path::path_value},
    response::answer::{self, Answered, ApiError},
};
use crate::protocol::{
    Command, CommandEntry,
    spec::{Method, Route, Schemas},
};

/// All requests without a handler of their own.
pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    for entry in Command::CATALOGUE {
        if let Some(route) = entry.route.filter(|route| !route.is_own) {
            config.service(Declared { entry, route });
        }
    }
}

/// The request of a command, as a service.
#[derive(Clone, Copy)]
struct Declared {
    entry: &'static CommandEntry,
    route: Route,
}

impl HttpServiceFactory for Declared {
    fn register(self, config: &mut AppService) {
        let takes_body = self.entry.has_fields_outside_path();
        let run = move |api: Api, path: web::Path<Vec<String>>, payload: web::Payload| async move {
            self.run(api, &path, payload, takes_body).await
        };
        let resource = web::resource(self.route.path).name(self.entry.command.name);
        resource.guard(method_guard(self.route.method)).to(run).register(config);
    }
}

fn method_guard(method: Method) -> impl guard::Guard {
    guard::fn_guard(move |request| request.head().method.as_str() == method.as_str())
}

impl Declared {
    async fn run(self, api: Api, path: &[String], payload: web::Payload, takes_body: bool) -> Answered {
        let name = self.entry.command.name;
        let fields = self.fields(path)?;
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(field, value)| (*field, value.as_str())).collect();
        let reply = if takes_body {
            api.run_with_body(payload, name, &fields).await?
        } else {
            // Whatever the body holds is not read.
            let command = Command::decode(name, &with_fields("{}".to_owned(), &fields));
            api.run(command.map_err(|error| api.malformed(error))?).await?
        };
        Ok(answer::done(reply))
    }

    /// Values of the path's variables, decoded and in their order, with the fields that they stand for.
    fn fields(&self, path: &[String]) -> Result<Vec<(&'static str, String)>, ApiError> {
        let fields = self.route.fields.iter().zip(path);
        fields.map(|(field, value)| Ok((*field, path_value(field, value)?))).collect()
    }

    /// Name of the schema of the body, which lacks the fields that the path names.
    fn body_name(&self) -> String {
        let name = self.entry.command.schema_name();
        if self.route.fields.is_empty() { name.into_owned() } else { body_name(&name) }
    }

    fn operation(&self) -> Operation {
        let Self { entry, route } = self;
        let done = ResponseBuilder::new();
        let done = match entry.reply {
            Some(reply) => done.content("application/json", json_of(&reply.schema_name())),
            None => done,
        };
        let responses = ResponsesBuilder::new().response("200", done.build());
        let operation = OperationBuilder::new()
            .operation_id(Some(entry.command.name))
            .tag(route.tag)
            .summary(Some(entry.command.summary()))
            .responses(responses.responses_from_into_responses::<Problems>().build());
        let operation = route.variables().fold(operation, |operation, (variable, field)| {
            operation.parameter(parameter(variable, entry.command.about_field(field)))
        });
        if !entry.has_fields_outside_path() {
            return operation.build();
        }
        let body = RequestBodyBuilder::new().content("application/json", json_of(&self.body_name()));
        operation.request_body(Some(body.required(Some(Required::True)).build())).build()
    }
}

fn json_of(schema: &str) -> utoipa::openapi::Content {
    ContentBuilder::new().schema(Some(Ref::from_schema_name(schema))).build()
}

fn parameter(name: &str, about: Option<String>) -> Parameter {
    let text = ObjectBuilder::new().schema_type(SchemaType::new(Type::String));
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(about)
        .schema(Some(RefOr::T(Schema::Object(text.build()))))
        .build()
}

impl OpenApiFactory for Declared {
    fn paths(&self) -> Paths {
        let method = match self.route.method {
            Method::Get => HttpMethod::Get,
            Method::Post => HttpMethod::Post,
            Method::Put => HttpMethod::Put,
            Method::Patch => HttpMethod::Patch,
            Method::Delete => HttpMethod::Delete,
        };
        let mut paths = Paths::new();
        paths.paths.insert(self.route.path.to_owned(), PathItem::new(method, self.operation()));
        paths
    }

    fn schemas(&self, schemas: &mut Schemas) {
        let command = &self.entry.command;
        if self.entry.has_fields_outside_path() {
            schemas.push((self.body_name(), without(command.schema(), self.route.fields)));
            command.collect_needed(schemas);
        }
        if let Some(reply) = self.entry.reply {
            reply.collect(schemas);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_variable_of_a_path_stands_for_a_field_of_its_command() {
        for entry in Command::CATALOGUE {
            let Some(route) = entry.route else { continue };
            let name = entry.command.name;
            let variables: Vec<_> = route.variables().collect();
            assert_eq!(variables.len(), route.fields.len(), "{name}");
            assert_eq!(variables.len(), route.path.matches('{').count(), "{name}");
            let example = entry.command.example();
            for (_, field) in variables {
                let fields = entry.command.fields();
                assert!(fields.iter().any(|it| it == field), "{name} has no field {field}");
                if !route.is_own {
                    let value = example[field].as_str().unwrap();
                    assert_eq!(path_value(field, value).unwrap(), value, "{name}: {field}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_id_names_nothing_of_its_kind() {
        let refused = |field| path_value(field, "x").unwrap_err().to_string();
        assert_eq!(refused("ticketId"), "There is no such ticket.");
        assert_eq!(refused("messageId"), "There is no such message.");
        assert_eq!(refused("notificationId"), "There is no such notification.");
        assert_eq!(refused("id"), "There is no such canned response.");
        assert_eq!(path_value("userId", "").unwrap_err().to_string(), "There is no such user.");
        assert_eq!(path_value("webhookId", "1").unwrap_err().to_string(), "There is no such path.");
    }
}
