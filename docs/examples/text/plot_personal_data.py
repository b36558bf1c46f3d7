"""
How do I take personal data out of texts?
=========================================

Mails and tickets hold addresses, phone numbers and accounts. They should be in neither a model nor
its explanations. :class:`~skcook.text.TextCleaner` finds five kinds, two of them by check digits.
"""

# %%
# Made-up lines, and what is left of them.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from skcook.text import TextCleaner

lines = [
    "Please write to ann.example@example.org, or call +49 30 1234567.",
    "My account is DE89 3704 0044 0532 0130 00, the card 4111 1111 1111 1111.",
    "The server 192.168.0.17 was down on 2024-02-29, order 1234-5678.",
]
cleaner = TextCleaner(pii="name", lowercase=False)
for line in cleaner.fit_transform(lines):
    print(line)

# %%
# The date and the order's number stay: they look like numbers of other kinds, and are none. With
# one digit changed, a card is no card.

print(cleaner.transform(["4111 1111 1111 1112"])[0])

# %%
# Among a thousand tickets, half of which hold one item and half a look-alike:

items = {
    "email": ["ann.example@example.org", "o'neil+x@mail.example.co.uk"],
    "phone": ["+49 30 1234567", "(030) 123 4567"],
    "iban": ["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432"],
    "card": ["4111 1111 1111 1111", "5500005555555559"],
    "ip": ["192.168.0.17", "2001:db8::ff00:42:8329"],
    "none": ["2024-02-29", "version 1.2.3", "order 1234-5678", "4111 1111 1111 1112"],
}
rng = np.random.default_rng(0)
kinds = rng.choice(list(items), 1000, p=[0.1] * 5 + [0.5])
tickets = pd.Series([f"See {rng.choice(items[kind])}, and close it." for kind in kinds])
found = cleaner.transform(tickets).str.extract(r"<(\w+)>")[0].fillna("none")
table = pd.crosstab(pd.Series(kinds, name="written"), found.rename("found"))
table

# %%

figure, ax = plt.subplots(figsize=(4.2, 3.6))
ax.imshow(table, cmap="Blues")
ax.set_xticks(range(table.shape[1]), table.columns)
ax.set_yticks(range(table.shape[0]), table.index)
ax.set_xlabel("found")
ax.set_ylabel("written")
plt.tight_layout()

# %%
# Names of people, streets and dates of birth are *not* found: this does not make a text anonymous.
