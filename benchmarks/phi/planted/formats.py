"""How does a document look that holds a planted value: as text, chat, JSON, FHIR resource, table or log line?"""

import csv
import io
import json
from collections.abc import Iterator

from benchmarks.phi.planted.values import Maker


def written(m: Maker, category: str, value: str, sentence: str, key: str, body: str) -> Iterator[tuple[str, str]]:
    """(format, document) for each format, with the value in a sentence amid the body or under the key."""
    parts = body.split(". ")
    parts.insert(m.random.randint(0, len(parts)), sentence.rstrip("."))
    prose = ". ".join(parts)
    yield "text", prose
    yield (
        "jsonl",
        json.dumps(
            {"id": "row-7", "messages": [{"role": "user", "content": prose}]}, ensure_ascii=m.random.random() < 0.5
        ),
    )
    cased = m.pick(key, key.upper(), "".join(w.title() for w in key.split("_")), key.replace("_", "-"))
    number = value.isdigit() and value[0] != "0" and len(value) < 16 and m.random.random() < 0.5
    yield "json", json.dumps({"diagnosis": "E11.9", "note": body, "details": {cased: int(value) if number else value}})
    yield "fhir", json.dumps(_resource(m, category, value, sentence, body))
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["row", cased, "note"])
    writer.writerow(["1", value, body[:80]])
    yield "csv", table.getvalue()
    stamp = "2024-03-05T10:00:00Z"
    yield (
        "log",
        m.pick(
            f"{stamp} INFO trainer: sample {sentence}",
            f"{stamp} WARNING could not parse record {key}={value} loss=0.231",
            f"{stamp} ERROR eval {json.dumps({'step': 12, 'text': sentence})}",
            json.dumps({"ts": stamp, "level": "info", "msg": f"generated: {sentence}", "step": 40}),
        ),
    )


def _resource(m: Maker, category: str, value: str, sentence: str, body: str) -> dict[str, object]:
    """A FHIR R4 resource with the value where such a value stands, else in its narrative."""

    def identifier(code: str) -> dict[str, object]:
        return {
            "use": "usual",
            "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": code}]},
            "system": "urn:oid:1.2.36.146",
            "value": value,
        }

    base: dict[str, object] = {"resourceType": "Patient", "active": True, "gender": "female"}
    match category:
        case "NAME":
            given, _, family = value.partition(" ")
            return base | {"name": [{"use": "official", "family": family, "given": [given]}]}
        case "LOCATION":
            return base | {"address": [{"use": "home", "line": [value], "city": "Springfield", "state": "IL"}]}
        case "PHONE" | "FAX" | "EMAIL":
            return base | {"telecom": [{"system": category.lower(), "value": value}]}
        case "MRN":
            return base | {"identifier": [identifier("MR")]}
        case "SSN":
            return base | {"identifier": [identifier("SS")]}
        case "LICENCE":
            return {"resourceType": "Practitioner", "identifier": [identifier("DL")]}
        case "NPI":
            return {
                "resourceType": "Practitioner",
                "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": value}],
            }
        case "OTHER_ID" | "NATIONAL":
            return base | {"identifier": [{"system": "urn:oid:2.16.840.1", "value": value}]}
        case "HEALTH_PLAN" | "MBI":
            return {
                "resourceType": "Coverage",
                "status": "active",
                "subscriberId": value,
                "beneficiary": {"display": "redacted"},
            }
        case "ACCOUNT":
            return {"resourceType": "Account", "status": "active", "identifier": [identifier("AN")]}
        case "DEVICE":
            return {"resourceType": "Device", "serialNumber": value, "status": "active"}
        case "UDI":
            return {"resourceType": "Device", "udiCarrier": [{"carrierHRF": value}]}
        case "IMAGE":
            return base | {"photo": [{"contentType": "image/jpeg", "data": value}]}
        case "URL":
            return {"resourceType": "DocumentReference", "content": [{"attachment": {"url": value}}]}
        case _:
            return {"resourceType": "Observation", "status": "final", "note": [{"text": f"{body} {sentence}"}]}
