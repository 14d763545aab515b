"""Clips: scenes and beats of lectures as files other people can teach with, and `clips.json`, which tells of them."""
