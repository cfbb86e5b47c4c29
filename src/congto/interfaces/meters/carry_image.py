"""A firmware image, over as many visits as it takes: each goes on where the one before stood.

What goes out twice is a block that the meter says it lacks; the activation goes out once, because a
meter that runs the new version is left alone.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from congto.headend.campaigns.image import ImageWhy, Progress, send_image
from congto.headend.campaigns.proof import Verdict
from congto.interfaces.meters.books import at_once, on_books
from congto.interfaces.meters.commanded import LaterError
from congto.interfaces.meters.images import load_image
from congto.office.commands.operations import keep_progress
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from congto.interfaces.meters.commanded import Commanding, Known

AGAIN = timedelta(seconds=30)
WORDS = {
    ImageWhy.ALREADY: "phiên bản này đang chạy, không gửi gì",
    ImageWhy.SHOWN: "công tơ chạy phiên bản mới",
    ImageWhy.MODEL: "phần mềm đang chạy không được phép thay bằng tệp này, không gửi gì",
    ImageWhy.REFUSED: "công tơ không nhận tệp",
    ImageWhy.DISABLED: "công tơ không cho nạp phần mềm",
    ImageWhy.INTERRUPTED: "bị ngắt, phiên sau nạp tiếp",
    ImageWhy.INCOMPLETE: "còn thiếu khối, phiên sau nạp tiếp",
    ImageWhy.VERIFICATION: "công tơ báo tệp hỏng",
    ImageWhy.OTHER_IMAGE: "công tơ đang giữ tệp khác",
    ImageWhy.ACTIVATION: "không kích hoạt được",
    ImageWhy.BUSY: "công tơ đang kiểm tra hoặc kích hoạt",
}


async def sent(commanding: Commanding) -> Known:
    """Send what the meter lacks of the image, as far as this visit comes.

    Raises:
        LaterError: another visit goes on.
    """
    turn, progress = commanding.turn, commanding.turn.progress or {}
    try:
        image = await on_books(lambda: load_image(turn.args["image"]))
    except InvalidInputError as error:
        commanding.mark()
        return commanding.known(Verdict.NOT_DONE, {"image": error.found}, error.sentence())
    if image.version.decode() != turn.args["version"]:
        commanding.mark()
        message = f"tệp là phiên bản {image.version.decode()}, phiếu ghi {turn.args['version']}"
        return commanding.known(Verdict.NOT_DONE, {}, message)
    commanding.mark()
    begun = [bool(progress.get("begun"))]

    def keep(now: Progress) -> None:
        if now.begun != begun[0]:  # blocks are counted by the meter itself
            begun[0] = now.begun
            at_once(lambda: keep_progress(turn.command, {"begun": now.begun}))

    outcome = await commanding.session.run(
        send_image(commanding.client, image, begun=begun[0], tell=keep)
    )
    counts = dict(outcome.progress._asdict())
    if outcome.goes_on:
        await on_books(lambda: keep_progress(turn.command, counts))
        raise LaterError(commanding.carrying.now() + AGAIN, WORDS[outcome.why])
    return commanding.known(outcome.verdict, outcome, WORDS[outcome.why])
