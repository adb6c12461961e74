"""Landing files: what a customer drops, read into contract-shaped tables, with every bad row named and set aside."""

from mrs.landing.reader import FILES, REJECTIONS, Landing, landed, read_landing

__all__ = ["FILES", "REJECTIONS", "Landing", "landed", "read_landing"]
