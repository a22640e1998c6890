"""The words of reminders and of e-mails about balances, each in Vietnamese and in English."""

TEXTS = {
    "plan.named": ("gói {name}", "your {name} plan"),
    "plan.unnamed": ("gói dịch vụ", "your plan"),
    "subject.ends": ("{seller}: {plan} hết hạn ngày {date}", "{seller}: {plan} ends on {date}"),
    "subject.ended": ("{seller}: {plan} đã hết hạn ngày {date}", "{seller}: {plan} ended on {date}"),
    "heading.ends": ("Gói của bạn sắp hết hạn", "Your plan is about to end"),
    "heading.ended": ("Gói của bạn đã hết hạn", "Your plan has ended"),
    "greeting.ends": (
        "Chào bạn, {plan} của bạn hết hạn ngày {date}. Gia hạn trước đó thì không bị gián đoạn, không mất ngày nào.",
        "Hello, {plan} ends on {date}. Renew before then and nothing is interrupted; no day is lost.",
    ),
    "greeting.ended": (
        "Chào bạn, {plan} của bạn đã hết hạn ngày {date}. Gia hạn để dùng tiếp ngay sau khi thanh toán.",
        "Hello, {plan} ended on {date}. Renew to go on using it as soon as you have paid.",
    ),
    "row.plan": ("Gói", "Plan"),
    "row.length": ("Thời gian gia hạn", "Renewal"),
    "row.until": ("Dùng được đến", "Good until"),
    "row.price": ("Tổng tiền thanh toán", "Total"),
    "row.tax": ("Trong đó thuế GTGT", "Including VAT"),
    "row.tax.value": ("{tax} (thuế suất {rate})", "{tax} (at {rate})"),
    "note": (
        "Giá tại thời điểm gửi thư. Bạn xem lại trước khi thanh toán, không cần đăng nhập.",
        "The price as of this message. You see it again before you pay; no sign-in is needed.",
    ),
    "action": ("Gia hạn ngay", "Renew now"),
    "action.plans": ("Chọn gói", "Choose a plan"),
    "balance.subject.low": ("đã dùng hơn 80% {name}", "over 80% of {name} used"),
    "balance.subject.exhausted": ("đã dùng hết {name}", "all of {name} used"),
    "balance.heading.low": ("Hạn mức của bạn sắp hết", "Your quota is running low"),
    "balance.heading.exhausted": ("Bạn đã dùng hết hạn mức", "Your quota is used up"),
    "balance.greeting.low": (
        "Chào bạn, bạn đã dùng từ 80% hạn mức {name} trở lên. Bạn có thể mua thêm trước khi hết.",
        "Hello, you have used 80% or more of your quota of {name}. You can get more before it runs out.",
    ),
    "balance.greeting.exhausted": (
        "Chào bạn, bạn đã dùng hết hạn mức {name}. Mua thêm hoặc nâng cấp gói để dùng tiếp ngay.",
        "Hello, you have used all of your quota of {name}. Buy more or upgrade to go on at once.",
    ),
    "balance.row.used": ("Đã dùng", "Used"),
    "balance.row.left": ("Còn lại", "Left"),
    "balance.row.until": ("Hạn mức này dùng đến", "This quota is for use until"),
    "balance.note": ("Số liệu tại thời điểm ghi nhận.", "Figures as of when this was noticed."),
    "balance.action": ("Mua thêm hoặc nâng cấp", "Buy more or upgrade"),
    "balance.unsubscribe": ("Ngừng nhận thư nhắc", "Stop these messages"),
    "footer": (
        "Thư này được gửi tự động vì bạn đang dùng dịch vụ của {seller}. Nếu có câu hỏi, bạn chỉ cần trả lời thư.",
        "This message was sent automatically because you use {seller}. Just reply if you have a question.",
    ),
    "unsubscribe": ("Ngừng nhận thư nhắc gia hạn", "Stop these reminders"),
    "documents": ("Hóa đơn và biên nhận vẫn được gửi.", "Invoices and receipts are still sent."),
}


def say(key: str, language: str, **values: str) -> str:
    """The wording in "vi" or "en" with its places filled."""
    vietnamese, english = TEXTS[key]
    return (english if language == "en" else vietnamese).format_map(values)
