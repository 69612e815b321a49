#!/bin/sh
# Uses a ticket over HTTP with curl: gets a token, opens a ticket, uploads and sends a picture, and prints the
# transcript.
#
#   examples/http-api.sh [URL]        URL of the server [default: http://127.0.0.1:8080]
#
# The variable TOKEN may contain a token (deskwire token --sub casey). Without it the script requests a visitor
# session, for which the server needs the setting widget_sessions (DESKWIRE_WIDGET_SESSIONS=true).
set -eu

url=${1:-http://127.0.0.1:8080}

# Prints the first text field of a name in the JSON on standard input. Enough for ids and tokens.
field() {
    grep -o "\"$1\":\"[^\"]*\"" | head -n 1 | cut -d '"' -f 4
}

# Sends a request to a path of the API. Arguments after the path are passed to curl.
call() {
    path=$1
    shift
    curl --silent --show-error --fail-with-body --header "Authorization: Bearer $token" "$@" "$url/api$path"
}

# One blue pixel, as a PNG file.
picture() {
    printf '\211\120\116\107\015\012\032\012\000\000\000\015\111\110\104\122\000\000\000\001\000\000\000\001'
    printf '\010\002\000\000\000\220\167\123\336\000\000\000\014\111\104\101\124\170\332\143\120\150\070\000'
    printf '\000\002\044\001\141\343\351\111\074\000\000\000\000\111\105\116\104\256\102\140\202'
}

if [ -n "${TOKEN:-}" ]; then
    token=$TOKEN
else
    token=$(curl --silent --show-error --fail-with-body --request POST "$url/api/widget/session" | field token)
fi
echo "1. The token is of $(call /me | field name)." >&2

json='Content-Type: application/json'
opened=$(call /tickets --header "$json" --data '{"subject":"My screen is blue"}')
ticket=$(printf '%s' "$opened" | field id)
echo "2. Ticket $ticket is open." >&2

uploaded=$(picture | call "/tickets/$ticket/attachments?name=screen.png" \
    --header 'Content-Type: image/png' --data-binary @-)
upload=$(printf '%s' "$uploaded" | field id)
echo "3. The picture is uploaded." >&2

# The key makes the request idempotent: a repetition after a lost answer gets the first answer again.
call "/tickets/$ticket/messages" --header "$json" --header "Idempotency-Key: picture-of-$upload" \
    --data "{\"message\":\"It looks like this:\",\"format\":\"text\",\"attachments\":[{\"id\":\"$upload\"}]}" >/dev/null
echo "4. It is sent. The transcript:" >&2

call "/tickets/$ticket/transcript?format=txt"
