"""The words printed on documents, each in Vietnamese and in English."""

from typing import NamedTuple

from billing.domain.providers import PROVIDERS


class Text(NamedTuple):
    """One wording in both languages; `{name}` marks what is filled in."""

    vi: str
    en: str

    def spoken(self, language: str) -> str:
        """The wording in "vi" or "en"."""
        return self.en if language == "en" else self.vi


TEXTS = {
    "title.vat_invoice": Text("HÓA ĐƠN GIÁ TRỊ GIA TĂNG", "VAT INVOICE"),
    "mail.vat_invoice": Text("hóa đơn", "invoice"),
    "mail.receipt": Text("biên nhận", "receipt"),
    "title.receipt": Text("BIÊN NHẬN THANH TOÁN", "PAYMENT RECEIPT"),
    "series": Text("Ký hiệu", "Series"),
    "form_and_series": Text("Mẫu số và ký hiệu", "Form and series"),
    "number": Text("Số", "No."),
    "page": Text("Trang {page}/{pages}", "Page {page} of {pages}"),
    "tax_code": Text("Mã số thuế", "Tax code"),
    "address": Text("Địa chỉ", "Address"),
    "email": Text("E-mail", "E-mail"),
    "phone": Text("Điện thoại", "Phone"),
    "website": Text("Website", "Website"),
    "bank_account": Text("Số tài khoản", "Bank account"),
    "buyer": Text("NGƯỜI MUA", "BUYER"),
    "buyer.company": Text("Tên đơn vị", "Company"),
    "buyer.individual": Text("Họ tên", "Name"),
    "buyer.national_id": Text("Số định danh cá nhân", "Personal ID"),
    "buyer.account": Text("Tài khoản", "Account"),
    "sale": Text("GIAO DỊCH", "PURCHASE"),
    "order": Text("Mã đơn hàng", "Order"),
    "period": Text("Thời hạn dịch vụ", "Service period"),
    "payment": Text("Thanh toán qua", "Paid by"),
    "payment.none": Text("Không phát sinh thanh toán", "Nothing to pay"),
    "payment.reference": Text("Mã tham chiếu", "Reference"),
    "paid_at": Text("Thời điểm thanh toán", "Paid at"),
    "column.number": Text("STT", "No."),
    "column.description": Text("Tên hàng hóa, dịch vụ", "Description"),
    "column.unit": Text("Đơn vị", "Unit"),
    "column.quantity": Text("Số lượng", "Quantity"),
    "column.unit_amount": Text("Đơn giá", "Unit price"),
    "column.amount": Text("Thành tiền", "Amount"),
    "subtotal": Text("Cộng tiền hàng hóa, dịch vụ", "Subtotal"),
    "discount": Text("Giảm giá", "Discount"),
    "discount.coupon": Text("Giảm giá theo mã {code}", "Discount, code {code}"),
    "credit": Text("Khấu trừ thời gian chưa dùng", "Credit for unused time"),
    "waived": Text("Miễn thu phần dưới mức tối thiểu", "Waived below the minimum payment"),
    "net": Text("Tiền chưa có thuế GTGT", "Amount before VAT"),
    "tax.taxable": Text("Thuế GTGT (thuế suất {rate})", "VAT at {rate}"),
    "tax": Text("Thuế GTGT", "VAT"),
    "tax.not_subject": Text("Không chịu thuế", "Not subject to VAT"),
    "tax.exempt": Text("Miễn thuế", "Exempt from VAT"),
    "total": Text("Tổng tiền thanh toán", "Total"),
    "words": Text("Số tiền viết bằng chữ", "Amount in words"),
    "note.inclusive": Text(
        "Đơn giá và thành tiền đã bao gồm thuế GTGT.",
        "Unit prices and amounts include VAT.",
    ),
    "note.exclusive": Text(
        "Đơn giá và thành tiền chưa bao gồm thuế GTGT.",
        "Unit prices and amounts do not include VAT.",
    ),
    "note.discount": Text(
        "Giảm giá được trừ trước khi tính thuế GTGT.",
        "The discount is deducted before VAT is worked out.",
    ),
    "note.credit": Text(
        "Khấu trừ được trừ sau giảm giá và trước khi tính thuế GTGT.",
        "The credit is deducted after any discount and before VAT is worked out.",
    ),
    "note.currency": Text("Đơn vị tiền tệ: {currency}.", "Currency: {currency}."),
    "refund.subject": Text("đã hoàn {amount} – {bought}", "{amount} refunded – {bought}"),
    "refund.bought": Text("Nội dung", "For"),
    "refund.paid": Text("Bạn đã thanh toán", "You paid"),
    "refund.before": Text("Đã hoàn trước đây", "Refunded before"),
    "refund.by": Text("Hoàn qua", "Refunded through"),
    "refund.by_transfer": Text("Chuyển khoản ngân hàng", "Bank transfer"),
    "refund.account": Text("Đến tài khoản", "To account"),
    "refund.reference": Text("Mã giao dịch hoàn tiền", "Refund reference"),
    "refund.at": Text("Thời điểm hoàn tiền", "Refunded at"),
    "refund.id": Text("Mã khoản hoàn", "Refund"),
    "refund.less": Text("giảm {amount}", "{amount} less"),
    "refund.less_in_months": Text("giảm {amount} trong {months} tháng", "{amount} less over {months} months"),
    "footer.vat_invoice": Text(
        "Bản thể hiện của dữ liệu hóa đơn do bên bán lập và lưu giữ. Văn bản này không mang chữ ký số của bên bán và "
        "mã của cơ quan thuế, không thay thế hóa đơn điện tử đã ký số.",
        "A presentation of the invoice record that the seller made and keeps. It bears neither the seller's digital "
        "signature nor a code of the tax authority, and does not replace the signed electronic invoice.",
    ),
    "footer.receipt": Text(
        "Biên nhận này xác nhận giao dịch trên hệ thống của bên bán và không phải là hóa đơn giá trị gia tăng.",
        "This receipt confirms the purchase as recorded by the seller. It is not a VAT invoice.",
    ),
}


def provider_name(provider: str) -> str:
    """The provider as people know it; one that is not listed as it is."""
    return PROVIDERS[provider].name if provider in PROVIDERS else provider
