#!/usr/bin/env bash
# Lighthouse on the scan page: `benchmarks/lighthouse.sh URL [FILE.json]`, against Chromium, as a phone on a slow network.
# Needs node and npm; Lighthouse is installed into a temporary folder. Over HTTP on loopback "best practices" does not
# ask for HTTPS, because browsers treat loopback as secure.
set -euo pipefail
url=${1:?the address of a scan page, such as http://127.0.0.1:8000/01/09526000100010/10/LOT/21/SERIAL}
out=${2:-}
version=${LIGHTHOUSE_VERSION:-12.8.2}
chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --prefix "$folder" --no-audit --no-fund --silent "lighthouse@$version"
CHROME_PATH=$chromium "$folder/node_modules/.bin/lighthouse" "$url" --quiet --output=json \
    --output-path="$folder/report.json" --only-categories=performance,accessibility,best-practices,seo \
    --chrome-flags="--headless --no-sandbox --disable-gpu"
node - "$folder/report.json" "${out:-}" <<'JS'
const fs = require("fs");
const [, , file, out] = process.argv;
const report = JSON.parse(fs.readFileSync(file, "utf8"));
const scores = Object.fromEntries(
  Object.entries(report.categories).map(([name, each]) => [name, Math.round(100 * each.score)]),
);
const told = { lighthouse: report.lighthouseVersion, fetched: report.fetchTime, scores };
console.log(JSON.stringify(told, null, 2));
if (out) fs.writeFileSync(out, JSON.stringify(told, null, 2) + "\n");
for (const [name, audit] of Object.entries(report.audits))
  if (audit.score !== null && audit.score < 1) console.log(`  ${name}: ${audit.score} ${audit.displayValue || ""}`);
process.exit(Object.values(scores).every((score) => score >= 98) ? 0 : 1);
JS
