"""Fake accounts and SIDs."""

from validator.upstream.credentials import Credentials

ACCOUNT_SID = "AC" + "1" * 32
API_KEY_SID = "SK" + "2" * 32
MESSAGE_SID = "MM" + "a" * 32
MEDIA_SID = "ME" + "b" * 32

PLAYER = Credentials(ACCOUNT_SID, ACCOUNT_SID, "fake-auth-token")

MESSAGE_PATH = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/{MESSAGE_SID}.json"
MEDIA_LIST_PATH = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/{MESSAGE_SID}/Media.json"
MEDIA_PATH = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/{MESSAGE_SID}/Media/{MEDIA_SID}"
