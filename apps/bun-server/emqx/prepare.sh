#!/bin/sh
# Makes what EMQX, the server and the device need, once: CA and certificate, a token, passwords, access rules. Everything
# is random, stays in the folder that is named, and is good for this machine alone.
set -eu
cd "$1"
if [ -s done ]; then exit 0; fi
umask 077

random() { openssl rand -hex 16; }
organisation=acme
device=press-1
token="tesa_mqtt_${organisation}_$(random)"
password=$(random)

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -sha256 \
  -subj "/CN=Local CA of this compose project" -keyout ca.key -out ca.pem \
  -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign"
openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -sha256 \
  -subj "/CN=emqx" -keyout server.key -out server.csr
printf 'subjectAltName=DNS:emqx,DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n' > server.ext
openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 365 -sha256 \
  -extfile server.ext -out server.pem
rm server.csr server.ext ca.key ca.srl

printf '%s' "$token" > token
printf '%s' "$password" > device-password
random > dashboard-password
{
  echo "user_id,password,is_superuser"
  echo "$token,$token,false"
  echo "device.$organisation.$device,$password,false"
} > users.csv
cat > acl.conf <<'RULES'
%% What no rule allows is refused (emqx.conf: no_match = deny).
%% A token subscribes to telemetry.
{allow, {username, {re, "^tesa_mqtt_"}}, subscribe, ["device/+/telemetry/#", "devices/+/telemetry/#"]}.
%% A device keeps to what is below its own id.
{allow, {username, {re, "^device[.]"}}, all, ["device/${client_attrs.device}/#", "devices/${client_attrs.device}/#"]}.
RULES
chmod 644 ca.pem
# EMQX and the server both run under this user id in their containers.
if [ "$(id -u)" = 0 ]; then chown 1000:1000 -- *; fi
echo yes > done
