#!/bin/sh
# A ticket over HTTP, with curl alone: gets a token, opens a ticket, uploads a picture, sends it, and prints
# the transcript.
#
#   examples/http-api.sh [URL]        the server; http://127.0.0.1:8080 if it is not given
#
# TOKEN may hold a token (deskwire token --sub casey). Without one the script asks for a visitor's session,
# which a server gives with the setting widget_sessions (DESKWIRE_WIDGET_SESSIONS=true).
set -eu

url=${1:-http://127.0.0.1:8080}

# The first text field of that name in the JSON on standard input: ids and tokens need no more than this.
field() {
    grep -o "\"$1\":\"[^\"]*\"" | head -n 1 | cut -d '"' -f 4
}

# A request to a path of the API; what follows the path is for curl.
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

# The key makes sending it again harmless: after a lost answer, the same request is answered as at first.
call "/tickets/$ticket/messages" --header "$json" --header "Idempotency-Key: picture-of-$upload" \
    --data "{\"message\":\"It looks like this:\",\"format\":\"text\",\"attachments\":[{\"id\":\"$upload\"}]}" >/dev/null
echo "4. It is sent. The transcript:" >&2

call "/tickets/$ticket/transcript?format=txt"
