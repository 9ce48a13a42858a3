"""Check, publish, read and roll back a folder of files."""

import base64
import gzip
from typing import Any
from uuid import uuid4

from msgspec import Struct
from rapport.domain.catalogue import Catalogue
from rapport.errors import BadRequest, NotFound, PreconditionFailed, Refused, StoreUnavailable
from rapport_authoring.check import Checked, check
from rapport_authoring.problems import Problem
from rapport_aws import crowds
from rapport_aws.assemble import House, logger
from rapport_aws.http import Answer, Request, answer, limited
from rapport_aws.jobs import Job
from rapport_aws.strict import read

from functions.catalogue.asking import READ, WRITE, Name, allowed

DOCUMENT = 5 * 1024 * 1024
"""Bytes a catalogue may have as a body; larger ones are uploaded."""
UPLOAD = 64 * 1024 * 1024
PLAIN, LARGEST = 1024 * 1024, 5 * 1024 * 1024
"""Bytes above which an answer is compressed for who takes that, and above which the gateway takes no other."""
HOUR = 3600


class Folder(Struct, frozen=True, forbid_unknown_fields=True):
    """A catalogue as one document: files by path, or the name under which they were uploaded."""

    files: dict[str, str] = {}
    uploaded: str | None = None


class Back(Struct, frozen=True, forbid_unknown_fields=True):
    """Which version to go back to; without, the one before."""

    to: Name | None = None


def publish(request: Request) -> Answer:
    """Check, compile and publish a folder as the next version; or tell where to upload a large one."""
    here = allowed(request, WRITE)
    expected = version_in(request.header("if-match"))
    if expected is not None and expected != here.curation.pointer().version:
        raise PreconditionFailed(f"the current version is {here.curation.pointer().version}")
    if not request.body:
        return upload(here)
    return accepted(*published(folder(request, here), here, expected))


def published(files: dict[str, str], here: House, expected: str | None) -> tuple[Job, str]:
    """The job of a publication, and its version. Raises Refused with every error's place."""
    found, before = sound(files), live(here)
    version = here.curation.publish(found[0], files, expected)
    here.publications.refresh()
    if crowds.calls_for_waking(before, found[0]):
        crowds.begin("wake", here)
    logger.info("published", extra={"version": version})
    return here.jobs.done("publish", {"version": version, "warnings": list(map(shown, found[1].warnings))}), version


def live(here: House) -> Catalogue | None:
    """The catalogue that is live now, None before the first one, and where the one there is cannot be read."""
    try:
        return here.publications.current().catalogue
    # A snapshot that is damaged, or of a release that wrote it otherwise, is mended by publishing: so that must work.
    except (NotFound, StoreUnavailable):
        return None


def sound(files: dict[str, str]) -> tuple[Catalogue, Checked]:
    """The compiled catalogue of sound files. Raises Refused."""
    checked = check(files)
    if checked.catalogue is None:
        raise Refused("the catalogue has errors", list(map(shown, checked.errors)))
    return checked.catalogue, checked


def folder(request: Request, here: House) -> dict[str, str]:
    """The files of the body, or those uploaded before. Raises BadRequest, NotFound."""
    body = read(limited(request, DOCUMENT), Folder)
    if body.uploaded is None:
        return body.files
    name = body.uploaded if body.uploaded.isalnum() else "none"
    try:
        held = here.s3.get_object(Bucket=here.settings.bucket, Key=f"imports/catalogue-{name}")
    except here.s3.exceptions.NoSuchKey:
        raise NotFound("nothing was uploaded under this name") from None
    if held["ContentLength"] > UPLOAD:
        raise BadRequest("the upload is too large")
    return read(held["Body"].read(), Folder).files


def upload(here: House) -> Answer:
    """An address for a document of more than 4 MB, and the name to publish it by."""
    name = uuid4().hex
    place = {"Bucket": here.settings.bucket, "Key": f"imports/catalogue-{name}"}
    address = here.s3.generate_presigned_url("put_object", Params=place, ExpiresIn=HOUR)
    return answer(202, {"upload": address, "uploaded": name})


def check_only(request: Request) -> Answer:
    """What is wrong with a folder, and what is for a person to judge."""
    here = allowed(request, READ)
    checked = check(folder(request, here))
    return answer(200, {"errors": list(map(shown, checked.errors)), "warnings": list(map(shown, checked.warnings))})


def shown(problem: Problem) -> dict[str, Any]:
    """A problem for machines."""
    return {
        "code": problem.code,
        "message": problem.message,
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "hint": problem.hint,
    }


def current(request: Request) -> Answer:
    """The live version with its files."""
    here = allowed(request, READ)
    version, files = here.curation.files()
    return answer(200, {"version": version, "files": files}, {"ETag": f'"{version}"'})


def smaller(plain: Answer, request: Request) -> Answer:
    """A large answer compressed for who takes that, one beyond the gateway's six megabytes for everybody."""
    body = plain["body"].encode()
    if len(body) <= (PLAIN if "gzip" in request.header("accept-encoding") else LARGEST):
        return plain
    packed = base64.b64encode(gzip.compress(body, mtime=0)).decode()
    headers = {**plain["headers"], "Content-Encoding": "gzip"}
    return {**plain, "headers": headers, "body": packed, "isBase64Encoded": True}


def rollback(request: Request) -> Answer:
    """Go back to a version, at once."""
    here = allowed(request, WRITE)
    body = read(limited(request), Back) if request.body else Back()
    before = live(here)
    version = here.curation.rollback(body.to)
    here.publications.refresh()
    if crowds.calls_for_waking(before, here.publications.current().catalogue):
        crowds.begin("wake", here)
    return answer(200, {"version": version})


def version_in(tag: str) -> str | None:
    """The version that an If-Match header names; a star is any."""
    return None if tag.strip() == "*" else tag.removeprefix("W/").strip('"') or None


def accepted(job: Job, version: str) -> Answer:
    """What a publication answers."""
    return answer(202, {"job": job.id}, {"Location": f"/v1/jobs/{job.id}", "ETag": f'"{version}"'})
