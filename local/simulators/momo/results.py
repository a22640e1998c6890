"""MoMo's result codes, and what is told of a payment's end."""

from datetime import datetime
from typing import Any

from local.simulators.course import Course, End
from local.simulators.momo.signing import RESULT, Merchant
from local.simulators.refunds import Refund
from local.simulators.wallet import WalletOrder, milliseconds

FIRST_TRANSACTION = 4_100_000_000
FIRST_REFUND = 4_500_000_000

DONE, WAITING, EXPIRED = 0, 1000, 1005
MALFORMED, OUT_OF_RANGE, REQUEST_ID_USED, ORDER_ID_USED, NO_ORDER = 20, 22, 40, 41, 42
NO_PARTNER = 13
WORKED_ON, REFUND_FAILED, NOTHING_LEFT, REFUND_REFUSED = 7002, 1080, 1081, 1088

_CODES = {"success": DONE, "failure": 1001, "cancel": 1006}
_MESSAGES = {
    DONE: ("Thành công.", "Successful."),
    NO_PARTNER: ("Không xác thực được đối tác.", "The partner is not known."),
    MALFORMED: ("Yêu cầu sai định dạng.", "The request is malformed."),
    OUT_OF_RANGE: ("Số tiền ngoài giới hạn.", "The amount is out of range."),
    REQUEST_ID_USED: ("requestId bị trùng.", "The requestId was used before."),
    ORDER_ID_USED: ("orderId bị trùng.", "The orderId was used before."),
    NO_ORDER: ("Không tìm thấy đơn hàng.", "There is no such order."),
    WAITING: ("Đang chờ người dùng xác nhận.", "Waiting for the user."),
    1001: ("Số dư không đủ.", "Not enough money."),
    EXPIRED: ("Liên kết thanh toán đã hết hạn.", "The payment link has expired."),
    1006: ("Người dùng từ chối thanh toán.", "The user refused to pay."),
    WORKED_ON: ("Giao dịch đang được xử lý.", "The transaction is being processed."),
    REFUND_FAILED: ("Hoàn tiền thất bại.", "The refund failed."),
    NOTHING_LEFT: ("Số tiền hoàn vượt quá số tiền còn lại.", "The refund exceeds what is left of the payment."),
    REFUND_REFUSED: ("Giao dịch không được hoàn tiền.", "The transaction cannot be refunded."),
}


def message(code: int, language: object) -> str:
    """What a result code says."""
    vietnamese, english = _MESSAGES[code]
    return english if language == "en" else vietnamese


def refund_result(refund: Refund) -> dict[str, Any]:
    """How a refund stands: result code, amount in dong and transId."""
    code = {"succeeded": DONE, "pending": WORKED_ON, "failed": REFUND_FAILED}[refund.state]
    return {"resultCode": code, "amount": refund.amount, "transId": FIRST_REFUND + refund.number}


def state(course: Course, now: datetime) -> tuple[int, int, int]:
    """How a payment stands: result code, amount in dong, transId (0 where nothing has happened)."""
    end = course.state(now)
    if end:
        return _CODES[end.outcome], end.amount, transaction(end)
    return (EXPIRED if course.is_over(now) else WAITING), course.amount, 0


def transaction(end: End) -> int:
    """MoMo's transId of an end."""
    return FIRST_TRANSACTION + end.number


def result(merchant: Merchant, order: WalletOrder, end: End) -> dict[str, Any]:
    """The signed fields of an IPN, and of the buyer's return."""
    asked, code = order.fields, _CODES[end.outcome]
    fields = {
        "partnerCode": merchant.partner_code,
        "orderId": order.reference,
        "requestId": asked["requestId"],
        "amount": end.amount,
        "orderInfo": order.description,
        "orderType": "momo_wallet",
        "transId": transaction(end),
        "resultCode": code,
        "message": message(code, asked["lang"]),
        "payType": "qr",
        "responseTime": milliseconds(end.at),
        "extraData": asked["extraData"],
    }
    return {**merchant.signed(fields, RESULT), "paymentOption": "momo"}
