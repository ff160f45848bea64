"""The breeding archive (养殖档案): what the law asks a farm to write down, read from captured events."""
