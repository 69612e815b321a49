#!/usr/bin/env bash
# What the server says of itself, held against programs of others: the OpenAPI document against a
# validator, the AsyncAPI document against the reference parser, and the API against what a fuzzer makes
# of its document, as a customer, an agent and an admin.
#
#   tests/schemathesis.sh [PROGRAM]
#
# Needs python3 with venv, node and npm; the tools themselves are installed below target/tools. Everything
# is seeded, so a failure comes again. EXAMPLES is how many requests are made up for an operation.
set -euo pipefail
cd "$(dirname "$0")/.."

program=$(realpath "${1:-target/debug/deskwire}")
tools=$(realpath -m "${TOOLS:-target/tools}")
examples=${EXAMPLES:-10}

if [ ! -x "$tools/python/bin/schemathesis" ]; then
    python3 -m venv "$tools/python"
    "$tools/python/bin/pip" install -q --disable-pip-version-check \
        schemathesis==4.32.5 openapi-spec-validator==0.9.0
fi
if [ ! -d "$tools/node_modules/@asyncapi/parser" ]; then
    npm install --prefix "$tools" --no-save --no-fund --no-audit --loglevel=error @asyncapi/parser@3.6.6
fi

dir=$(mktemp -d)
server=
finish() {
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null && wait "$server" || true
    fi
    rm -rf "$dir"
}
trap finish EXIT

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
url=http://127.0.0.1:$port
DESKWIRE_JWT_SECRET=$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n')
export DESKWIRE_JWT_SECRET DESKWIRE_DATA_DIR=$dir/data DESKWIRE_LISTEN=127.0.0.1:$port DESKWIRE_LOG=warn
# A refusal for haste would hide what is behind it.
for class in AUTH MESSAGE TYPING JOIN HISTORY TICKET REACTION RECEIPT SEARCH OTHER; do
    export "DESKWIRE_LIMITS__${class}__PER_SECOND=1000000" "DESKWIRE_LIMITS__${class}__BURST=1000000"
done
"$program" >"$dir/log" 2>&1 &
server=$!
for _ in $(seq 100); do
    curl -sf "$url/readyz" >/dev/null && break
    kill -0 "$server" || { cat "$dir/log"; exit 1; }
    sleep 0.1
done

token() {
    "$program" token --sub "$1" --role "$2"
}

say() {
    local method=$1 path=$2 body=$3
    curl -sfS -X "$method" -H "Authorization: Bearer $customer" -H 'Content-Type: application/json' \
        --data "$body" "$url/api$path" >/dev/null
}

curl -sf "$url/api/openapi.json" >"$dir/openapi.json"
curl -sf "$url/api/asyncapi.json" >"$dir/asyncapi.json"
"$tools/python/bin/openapi-spec-validator" "$dir/openapi.json"
(cd "$tools" && node "$OLDPWD/.ci/asyncapi.mjs" "$dir/asyncapi.json")

# Something to find under the ids that the document's examples and the smallest numbers name.
customer=$(token casey customer)
for n in 1 2 3; do
    say POST /tickets "{\"subject\":\"Order $n\",\"message\":\"Where is it?\"}"
    say POST "/tickets/$n/messages" '{"message":"Any news?"}'
done

for role in customer agent admin; do
    case $role in customer) who=casey ;; agent) who=alex ;; admin) who=root ;; esac
    printf '\n-- as %s\n' "$role"
    "$tools/python/bin/schemathesis" run "$dir/openapi.json" --url "$url" \
        --header "Authorization: Bearer $(token "$who" "$role")" \
        --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance \
        --phases examples,coverage,fuzzing --max-examples "$examples" --seed 20261126 --workers 2 \
        --generation-database none --suppress-health-check all --warnings off --continue-on-failure
done

# The HTTP library reports requests that are none, of which a fuzzer sends some.
if grep -E ' (ERROR|WARN) ' "$dir/log" | grep -v ' actix_http::'; then
    echo 'The server complained; see above.'
    exit 1
fi
