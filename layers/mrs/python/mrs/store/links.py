"""Signed links to objects: the link itself is the permission to fetch the object, for a limited time."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import boto3
from botocore.config import Config


@lru_cache(maxsize=1)
def _signer() -> Any:
    return boto3.client("s3", config=Config(signature_version="s3v4", s3={"addressing_style": "virtual"}))


def signed_link(bucket: str, key: str, *, file_name: str, content_type: str, seconds: int) -> str:
    """Return a link that downloads an object.

    Parameters
    ----------
    bucket, key
        The object.
    file_name, content_type
        What a browser is told that it is.
    seconds
        How long the link is good.
    """
    link: str = _signer().generate_presigned_url(
        "get_object",
        Params={
            "Bucket": bucket,
            "Key": key,
            "ResponseContentDisposition": f'attachment; filename="{file_name}"',
            "ResponseContentType": content_type,
        },
        ExpiresIn=seconds,
    )
    return link
