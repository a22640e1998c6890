"""Problems in people's words: a title and a sentence for each code, in Vietnamese and English."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from billing.domain.money import group_digits

Texts = Mapping[str, tuple[str, str]]

TITLES: Texts = {
    "malformed_json": ("Nội dung không phải JSON hợp lệ", "The body is not valid JSON"),
    "idempotency_key_required": ("Thiếu tiêu đề Idempotency-Key", "The Idempotency-Key header is missing"),
    "unauthorized": ("Bạn cần đăng nhập", "Sign-in required"),
    "quota_exceeded": ("Không đủ hạn mức", "Not enough quota"),
    "forbidden": ("Bạn không có quyền", "Not allowed"),
    "plan_not_found": ("Không tìm thấy gói", "Plan not found"),
    "order_not_found": ("Không tìm thấy đơn hàng", "Order not found"),
    "payment_not_found": ("Không tìm thấy lần thanh toán", "Payment not found"),
    "invoice_not_found": ("Không tìm thấy hóa đơn", "Invoice not found"),
    "refund_not_found": ("Không tìm thấy khoản hoàn tiền", "Refund not found"),
    "exception_not_found": ("Không tìm thấy khoản cần xử lý", "Exception not found"),
    "not_found": ("Không tìm thấy", "Not found"),
    "idempotency_conflict": ("Idempotency-Key đã dùng cho yêu cầu khác", "Idempotency-Key used for another request"),
    "order_not_pending": ("Đơn hàng không còn chờ thanh toán", "The order is no longer pending"),
    "exception_not_open": ("Khoản này đã được xử lý", "The exception is decided already"),
    "exception_action_impossible": ("Không làm được việc này", "This cannot be done"),
    "coupon_exhausted": ("Mã giảm giá đã hết lượt", "The discount code is used up"),
    "coupon_already_used": ("Bạn đã dùng mã giảm giá này", "You have used this discount code"),
    "coupon_expired": ("Mã giảm giá đã hết hạn", "The discount code has expired"),
    "coupon_not_started": ("Mã giảm giá chưa có hiệu lực", "The discount code is not valid yet"),
    "credit_reserved": ("Phần khấu trừ đang giữ cho đơn khác", "The credit is kept for another order"),
    "quote_expired": ("Báo giá đã hết hạn", "The quote has expired"),
    "amount_out_of_range": ("Số tiền ngoài giới hạn của cổng thanh toán", "Amount outside the provider's limits"),
    "hold_not_open": ("Khoản giữ không còn mở", "The hold is no longer open"),
    "refund_not_possible": ("Không hoàn tiền được", "This refund is not possible"),
    "coupon_exists": ("Mã giảm giá đã có", "The discount code exists"),
    "coupon_in_catalogue": ("Mã giảm giá do catalog.yaml quản lý", "The discount code is kept in catalog.yaml"),
    "coupon_changed": ("Mã giảm giá vừa thay đổi", "The discount code has just changed"),
    "endpoint_exists": ("Điểm nhận đã có", "The endpoint exists"),
    "too_many_endpoints": ("Quá nhiều điểm nhận", "Too many endpoints"),
    "endpoint_changed": ("Điểm nhận vừa được thay đổi", "The endpoint has just been changed"),
    "too_large": ("Nội dung quá lớn", "The body is too large"),
    "unsupported_media_type": ("Kiểu nội dung không được hỗ trợ", "Unsupported content type"),
    "validation_failed": ("Một số trường chưa đúng", "Some fields are not right"),
    "quantity_out_of_range": ("Số lượng ngoài giới hạn", "Quantity out of range"),
    "tax_code_invalid": ("Mã số thuế không đúng", "The tax code is not valid"),
    "coupon_not_found": ("Mã giảm giá không tồn tại", "Discount code not found"),
    "coupon_not_applicable": ("Mã giảm giá không áp dụng được", "The discount code does not apply"),
    "quote_invalid": ("Báo giá không hợp lệ", "The quote is not valid"),
    "plan_not_purchasable": ("Gói này không mua trực tuyến được", "This plan cannot be bought here"),
    "internal": ("Lỗi hệ thống", "Internal error"),
    "provider_unavailable": ("Cổng thanh toán chưa sẵn sàng", "Payment provider unavailable"),
}

DETAILS: Texts = {
    "malformed_json": ("Hãy gửi một đối tượng JSON mã hóa UTF-8.", "Send one JSON object, encoded in UTF-8."),
    "idempotency_key_required": (
        "Hãy gửi một Idempotency-Key từ 1 đến 255 ký tự ASCII, mới cho mỗi yêu cầu.",
        "Send an Idempotency-Key of 1 to 255 ASCII characters, a new one for each request.",
    ),
    "unauthorized": (
        "Mã truy cập không nêu tài khoản hoặc e-mail. Hãy đăng nhập lại.",
        "The token names no account or no e-mail address. Sign in again.",
    ),
    "quota_exceeded": (
        "Hạn mức “{feature}” còn {remaining}, không đủ cho yêu cầu này.",
        "“{feature}” has {remaining} left, which does not cover this request.",
    ),
    "forbidden": ("Mã truy cập không có phạm vi cần thiết.", "The token does not have the scope that this needs."),
    "plan_not_found": ("Không có gói “{plan}” trong bảng giá.", "There is no plan “{plan}” in the catalogue."),
    "order_not_found": ("Không có đơn hàng nào với mã này.", "There is no order with this id."),
    "payment_not_found": ("Tài khoản của bạn không có lần thanh toán này.", "Your account has no such payment."),
    "invoice_not_found": (
        "Tài khoản của bạn không có hóa đơn này, hoặc hóa đơn đang được lập.",
        "Your account has no such invoice, or it is still being prepared.",
    ),
    "refund_not_found": ("Không có khoản hoàn tiền nào có mã này.", "There is no refund with this id."),
    "exception_not_found": (
        "Không có khoản cần xử lý nào với mã này.",
        "There is no exception with this id.",
    ),
    "not_found": ("Không có gì ở địa chỉ này.", "There is nothing at this address."),
    "idempotency_conflict": (
        "Khóa này đã được dùng cho một yêu cầu khác. Hãy dùng khóa mới cho yêu cầu mới.",
        "This key was used for a different request. Use a new key for a new request.",
    ),
    "order_not_pending": (
        "Đơn hàng đang ở trạng thái “{status}”.",
        "The order's status is “{status}”.",
    ),
    "exception_not_open": (
        "Khoản này đã được xử lý ({state}). Việc đã quyết định thì không đổi được nữa.",
        "The exception is {state} already. What was decided stays so.",
    ),
    "exception_action_impossible": ("Không thực hiện được vì {why}.", "Not possible: {why}."),
    "coupon_exhausted": ("Mã {coupon} đã hết lượt sử dụng.", "All places of {coupon} are taken."),
    "coupon_already_used": ("Tài khoản của bạn đã dùng mã {coupon}.", "Your account has used {coupon} already."),
    "coupon_expired": ("Mã {coupon} đã hết hạn ngày {until}.", "{coupon} expired on {until}."),
    "coupon_not_started": ("Mã {coupon} có hiệu lực từ ngày {since}.", "{coupon} is valid from {since}."),
    "credit_reserved": (
        "Thời gian chưa dùng của bạn đang được giữ cho đơn hàng {order}. Hãy thanh toán hoặc hủy đơn đó.",
        "Your unused time is kept for order {order}. Pay or cancel that one.",
    ),
    "quote_expired": (
        "Báo giá có hiệu lực 30 phút và chỉ khi gói đang dùng chưa thay đổi. Hãy lấy báo giá mới.",
        "A quote is good for 30 minutes, while your plan stays as it was. Ask for a new one.",
    ),
    "amount_out_of_range": (
        "{provider} nhận từ {minimum} đến {maximum} ₫. Hãy chọn cách thanh toán khác.",
        "{provider} takes ₫{minimum} to ₫{maximum}. Choose another way to pay.",
    ),
    "coupon_exists": (
        "Mã {coupon} đã có. Hãy chọn mã khác, hoặc thay đổi mã này.",
        "{coupon} exists already. Choose another code, or change that one.",
    ),
    "coupon_in_catalogue": (
        "Mã {coupon} nằm trong catalog.yaml: hãy sửa tệp rồi áp dụng. Ở đây chỉ tạm ngưng mã, hoặc bỏ tạm ngưng đó.",
        "{coupon} is kept in catalog.yaml: change the file and apply it. Here it can only be paused and resumed again.",
    ),
    "coupon_changed": (
        "Mã {coupon} vừa được thay đổi hoặc sử dụng trong lúc bạn gửi yêu cầu. Hãy xem lại rồi thử lại.",
        "{coupon} was changed or used while you asked. Look at it and try again.",
    ),
    "endpoint_exists": (
        "Địa chỉ này đã là điểm nhận {endpoint}.",
        "This address is that of the endpoint {endpoint} already.",
    ),
    "too_many_endpoints": ("Tối đa {maximum} điểm nhận.", "There may be {maximum} endpoints at most."),
    "endpoint_changed": (
        "Điểm nhận đã thay đổi trong lúc bạn gửi yêu cầu. Hãy xem lại rồi thử lại.",
        "The endpoint changed while you asked. Look at it and try again.",
    ),
    "hold_not_open": (
        "Khoản giữ đã được dùng, trả lại hoặc hết hạn.",
        "The hold was committed, released or has expired.",
    ),
    "refund_not_possible": ("Không làm được vì {reason}.", "It cannot be done: {reason}."),
    "too_large": ("Nội dung tối đa {maximum} byte.", "The body may have {maximum} bytes at most."),
    "unsupported_media_type": ("Hãy gửi application/json.", "Send application/json."),
    "validation_failed": ("Hãy sửa các trường được nêu.", "Correct the fields that are named."),
    "quantity_out_of_range": ("Chọn từ 1 đến {maximum} {unit}.", "Choose 1 to {maximum} {unit}."),
    "tax_code_invalid": (
        "Mã số thuế gồm 10 số (thêm 3 số cho chi nhánh) và phải đúng số kiểm tra.",
        "A tax code has 10 digits (and 3 more for a branch), the last of the 10 being a check digit.",
    ),
    "coupon_not_found": ("Không có mã giảm giá “{coupon}”.", "There is no discount code “{coupon}”."),
    "coupon_not_applicable": ("Mã {coupon} không áp dụng {reason}.", "{coupon} does not apply {reason}."),
    "quote_invalid": (
        "Báo giá này không do chúng tôi lập cho tài khoản của bạn. Hãy lấy báo giá mới.",
        "This quote was not made by us for your account. Ask for a new one.",
    ),
    "plan_not_purchasable": ("Gói “{plan}” {why}.", "The plan “{plan}” {why}."),
    "internal": (
        "Lỗi do phía chúng tôi. Hãy thử lại sau ít phút; mã yêu cầu giúp chúng tôi tìm nguyên nhân.",
        "The fault is ours. Try again in a few minutes; the request id helps us find it.",
    ),
    "provider_unavailable": (
        "{provider} hiện chưa dùng được. Hãy thử lại hoặc chọn cách thanh toán khác.",
        "{provider} cannot be used right now. Try again, or choose another way to pay.",
    ),
}

FIELD_DETAILS: Texts = {
    "required": ("Trường này là bắt buộc.", "This field is required."),
    "unknown_field": ("Trường này không được dùng ở đây.", "This field is not known here."),
    "wrong_type": ("Giá trị không đúng kiểu: cần {expected}.", "The value is of the wrong type: {expected} expected."),
    "unknown_choice": ("Chọn một trong: {choices}.", "Choose one of: {choices}."),
    "too_long": ("Tối đa {maximum} ký tự.", "At most {maximum} characters."),
    "too_short": ("Trường này không được để trống.", "This field must not be empty."),
    "line_break": (
        "Không được có xuống dòng hoặc ký tự điều khiển.",
        "Line breaks and control characters are not allowed.",
    ),
    "tax_code_invalid": (
        "Mã số thuế sai số kiểm tra hoặc sai độ dài.",
        "The tax code has a wrong check digit or length.",
    ),
    "email": ("Địa chỉ e-mail không đúng.", "This is not an e-mail address."),
    "national_id": ("Số định danh cá nhân gồm 12 chữ số.", "A personal id has 12 digits."),
    "invalid": ("Giá trị không hợp lệ.", "The value is not valid."),
    "not_metered": (
        "Hạn mức này chỉ để đọc, không trừ dần.",
        "This quota is read from the account; it is not used up.",
    ),
    "not_for_kind": (
        "Mã loại “{kind}” không dùng trường này.",
        "A discount of the kind “{kind}” has no such field.",
    ),
    "moment": (
        "Ghi ngày giờ kèm múi giờ, ví dụ 2026-12-31T00:00:00+07:00.",
        "Give a day and a time with its offset, such as 2026-12-31T00:00:00+07:00.",
    ),
    "not_after_start": ("Phải sau thời điểm bắt đầu.", "This must be after the start."),
    "not_sold_so": ("Gói này không bán theo các kỳ hạn đã chọn.", "This plan is not sold by the chosen intervals."),
    "repeated": ("Giá trị này đã có ở trên.", "This value is given twice."),
    "in_use": (
        "Mã đã có người dùng nên không đổi được phần này. Hãy tạo mã mới.",
        "The code is in use, so this stays. Make a new code.",
    ),
    "below_taken": (
        "Đã có {minimum} lượt được giữ hoặc dùng; giới hạn không thể thấp hơn.",
        "{minimum} places are taken; the limit cannot be lower.",
    ),
    "out_of_range": ("Chọn từ {minimum} đến {maximum}.", "Choose {minimum} to {maximum}."),
}

WORDS: Texts = {
    "month": ("tháng", "months"),
    "year": ("năm", "years"),
    "reason.paused": ("lúc này vì đang tạm ngưng", "at the moment: it is paused"),
    "reason.plan": ("cho gói này", "to this plan"),
    "reason.addon": ("cho gói mua thêm này", "to this add-on"),
    "reason.trial": ("cho thời gian dùng thử", "to a trial"),
    "reason.interval": ("cho kỳ hạn này", "to this interval"),
    "reason.minimum_quantity": ("cho số lượng dưới {minimum}", "to a quantity below {minimum}"),
    "reason.first_purchase": ("cho lần mua sau lần đầu", "to purchases after the first"),
    "reason.nothing_paid": ("đơn hàng không có khoản tiền nào để hoàn", "the order has no money that could go back"),
    "reason.nothing_left": ("khoản tiền này đã hoàn hết", "all of this money went back already"),
    "reason.credited": (
        "phần chưa dùng đã được khấu trừ vào đơn nâng cấp, hãy hoàn đơn đó trước",
        "what was left of it was credited to an upgrade; refund that order first",
    ),
    "reason.unfinished": (
        "lần hoàn trước của khoản thanh toán này chưa kết thúc",
        "an earlier refund of this payment is not finished",
    ),
    "reason.by_api": ("khoản hoàn này do cổng thanh toán thực hiện", "the payment provider carries this refund out"),
    "reason.finished": ("khoản hoàn này đã kết thúc", "this refund is finished"),
    "why.default": (
        "không mua trực tuyến theo kỳ hạn này được; hãy liên hệ chúng tôi",
        "is not sold online this way; contact us",
    ),
    "why.plan_runs": (
        "thấp hơn gói đang dùng nên chỉ bắt đầu được sau thời gian đã trả",
        "is lower than the plan you are on, so it can only begin after the time you paid for",
    ),
    "why.no_trial": ("không có thời gian dùng thử", "has no trial"),
    "why.trial_used": (
        "không dùng thử được nữa vì tài khoản đã dùng thử một lần",
        "cannot be tried again: the account has had its trial",
    ),
    "why.trial_beside": (
        "chỉ dùng thử được khi không có gói nào còn hạn",
        "can only be tried while no plan runs",
    ),
    "why.addon_needs_plan": (
        "chỉ mua được khi có gói đang còn hạn",
        "can only be bought while a plan runs",
    ),
    "why.refunding": ("đang có một khoản hoàn tiền chưa xong", "a refund of it is still on its way"),
    "why.refunded": (
        "đã hoàn một phần, số còn lại không đủ cho đơn hàng",
        "part of it was refunded, and the rest is less than the order's total",
    ),
    "why.no_order": (
        "khoản này chưa thuộc đơn hàng nào; hãy gắn vào một đơn hàng",
        "it belongs to no order; attach it to one",
    ),
    "why.order_status": (
        "đơn hàng đang ở trạng thái “{status}” nên không nhận thêm tiền",
        "the order's status is “{status}”, so it takes no money",
    ),
    "why.no_money": ("khoản này không phải là tiền chờ xử lý", "it stands for no money that waits"),
    "why.no_message": ("khoản này không có thông điệp để gửi lại", "it has no message to send again"),
    "why.unreadable": (
        "thông điệp không đọc được, gửi lại cũng sẽ lỗi",
        "the message cannot be read, so it would fail again",
    ),
    "why.nothing_left": ("không còn tiền để hoàn", "nothing of it is left to refund"),
    "why.currency": (
        "tiền nhận được khác loại tiền của đơn hàng",
        "the money is in another currency than the order",
    ),
    "why.busy": (
        "có thay đổi khác cùng lúc; hãy xem lại rồi thử lại",
        "something else changed at the same moment; look again, then retry",
    ),
    "state.accepted": ("đã ghi nhận vào đơn hàng", "accepted"),
    "state.refunded": ("đã hoàn tiền", "refunded"),
    "state.dismissed": ("đã bỏ qua", "dismissed"),
    "state.retried": ("đã gửi lại", "retried"),
    "expected.int": ("một số nguyên", "a whole number"),
    "expected.bool": ("true hoặc false", "true or false"),
    "expected.list": ("một danh sách", "a list"),
    "expected.string": ("một chuỗi ký tự", "a text"),
    "expected.model": ("một đối tượng JSON", "a JSON object"),
    "status.pending": ("chờ thanh toán", "pending"),
    "status.fulfilled": ("đã hoàn tất", "fulfilled"),
    "status.expired": ("đã hết hạn", "expired"),
    "status.cancelled": ("đã hủy", "cancelled"),
    "status.refunded": ("đã hoàn tiền", "refunded"),
    "status.partially_refunded": ("đã hoàn tiền một phần", "partially refunded"),
}

SELLER_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def title(code: str, language: str) -> str:
    """The problem's name."""
    return _pick(TITLES[code], language)


def detail(code: str, params: Mapping[str, Any], language: str) -> str:
    """The problem in a sentence that says what to do."""
    return _fill(DETAILS[code], params, language)


def field_detail(code: str, params: Mapping[str, Any], language: str) -> str:
    """What is wrong with a field."""
    return _fill(FIELD_DETAILS[code], params, language)


def _fill(texts: tuple[str, str], params: Mapping[str, Any], language: str) -> str:
    values = {name: _shown(value, language) for name, value in params.items()}
    if "interval" in params:
        values["unit"] = _pick(WORDS[params["interval"]], language)
    values.setdefault("why", _word("why", params.get("reason", "default"), language))
    for name in ("reason", "status", "state", "expected", "why"):
        if params.get(name) is not None:
            values[name] = _word(name, params[name], language).format_map(values)
    return _pick(texts, language).format_map(values)


def _word(kind: str, name: str, language: str) -> str:
    return _pick(WORDS.get(f"{kind}.{name}", (str(name), str(name))), language)


def _shown(value: Any, language: str) -> str:
    if isinstance(value, Mapping):  # a name, in every language
        return str(value[language])
    if isinstance(value, datetime):
        return value.astimezone(SELLER_ZONE).strftime("%d/%m/%Y" if language == "vi" else "%d %b %Y")
    if isinstance(value, int):
        return group_digits(value, 0, "," if language == "en" else ".", "")
    return str(value)


def _pick(texts: tuple[str, str], language: str) -> str:
    return texts[1] if language == "en" else texts[0]
