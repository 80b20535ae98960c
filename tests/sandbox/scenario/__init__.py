"""Tests of the story: can its checks fail?"""
